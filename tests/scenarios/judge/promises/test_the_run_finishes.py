"""The run finishes: a trace keeps this only by holding the script's end."""

from gateway_sim.scenarios.judge.promises.the_run_finishes import the_run_finishes
from gateway_sim.scenarios.sim.events import RunFailed, RunFinished, RunHung, RunStarted, StepAcknowledged


def test_a_run_that_reached_its_end_keeps_it(history, broken):
    """The shortest that keeps it."""
    assert broken(the_run_finishes, history((1.0, RunFinished(1)))) == []


def test_a_run_that_died_breaks_it_with_its_error_and_leg(history, broken):
    """The sentence says what it died of, and where."""
    died = RunFailed("NotFoundError", 404, "connect", "POST create_session answered 404")
    assert broken(the_run_finishes, history((1.5, died))) == [
        (1.5, "the run died of NotFoundError on the connect leg: POST create_session answered 404")
    ]


def test_an_error_of_the_users_own_has_no_leg(history, broken):
    """And none is made up."""
    died = RunFailed("KeyError", None, None, "'tokens'")
    assert broken(the_run_finishes, history((1.5, died))) == [(1.5, "the run died of KeyError: 'tokens'")]


def test_a_run_that_hung_breaks_it(history, broken):
    """With how long it was given, and how much it asked."""
    assert broken(the_run_finishes, history((900.0, RunHung(900.0, 4711)))) == [
        (900.0, "the run had not ended after 900 s and 4711 requests")
    ]


def test_a_run_that_nobody_waited_for_breaks_it(history, broken):
    """A race that returns before its user's script does has not seen it finish."""
    trace = history((0.0, RunStarted(2)), (1.0, StepAcknowledged(1)))
    assert broken(the_run_finishes, trace) == [(1.0, "the run was stopped before its end")]


def test_an_empty_trace_breaks_it(history, broken):
    """Nothing finished."""
    assert broken(the_run_finishes, history()) == [(0.0, "the run was stopped before its end")]


def test_the_witness_of_a_run_that_was_stopped_is_its_last_entry(history):
    """One entry, whatever came before."""
    trace = history((0.0, RunStarted(2)), (1.0, StepAcknowledged(1)), (2.0, StepAcknowledged(2)))
    assert [violation.witness for violation in the_run_finishes(trace)] == [(trace.entries[-1],)]
