"""The caller is answered in time: 125 s from the first refusal to the error."""

from gateway_sim.client.events import CallAnswered, CallLost
from gateway_sim.scenarios.judge.promises.the_caller_is_answered_in_time import the_caller_is_answered_in_time
from gateway_sim.scenarios.sim.events import RunFailed, RunFinished, RunHung, RunStarted, StepAcknowledged

MISSED = CallAnswered("dispatch", "/api/v1/get_info", 404, None)
DIED = RunFailed("NotFoundError", 404, "dispatch", "Trainer job not found or not running")


def hung(after_s):
    """Return the end of a world whose run did not end."""
    return after_s, RunHung(after_s, 100)


def test_an_error_within_the_warm_ups_bound_keeps_it(history, broken):
    """The limit included."""
    assert broken(the_caller_is_answered_in_time, history((1.0, MISSED), (126.0, DIED))) == []


def test_an_error_after_it_breaks_it(history, broken):
    """Counted from the first refusal, not from the last."""
    trace = history((1.0, MISSED), (100.0, MISSED), (127.0, DIED))
    assert broken(the_caller_is_answered_in_time, trace) == [
        (127.0, "the caller was refused for 126 s before its error")
    ]


def test_a_refusal_that_was_overcome_does_not_count(history, broken):
    """A step in between starts the count anew."""
    trace = history((1.0, MISSED), (90.0, StepAcknowledged(1)), (150.0, MISSED), (160.0, DIED))
    assert broken(the_caller_is_answered_in_time, trace) == []


def test_a_lost_answer_is_a_refusal_and_a_beats_is_none(history, broken):
    """Beats fail unheard for ever; a reset does not."""
    beat = CallAnswered("heartbeat", "/api/v1/session_heartbeat", 404, None)
    assert broken(the_caller_is_answered_in_time, history((1.0, beat), (200.0, MISSED), (201.0, DIED))) == []
    lost = CallLost("connect", "/api/v1/create_session", "reset")
    assert len(broken(the_caller_is_answered_in_time, history((1.0, lost), (200.0, MISSED), (201.0, DIED)))) == 1


def test_a_run_that_is_refused_until_the_world_ends_breaks_it(history, broken):
    """It was never told."""
    trace = history((1.0, MISSED), hung(900.0))
    assert broken(the_caller_is_answered_in_time, trace) == [
        (900.0, "the caller was refused for 899 s and got no error")
    ]


def test_a_run_that_hangs_without_a_refusal_breaks_it(history, broken):
    """It waits for an answer that never comes."""
    trace = history((0.0, RunStarted(3)), (10.0, StepAcknowledged(1)), hung(900.0))
    assert broken(the_caller_is_answered_in_time, trace) == [(900.0, "the caller got no answer in 890 s")]


def test_a_world_that_stopped_early_proves_no_silence(history, broken):
    """A run that was refused, or at work, for a little while when its world ended may still have been told in time."""
    assert broken(the_caller_is_answered_in_time, history((0.0, RunStarted(3)), (1.0, MISSED), hung(6.0))) == []
    assert (
        broken(the_caller_is_answered_in_time, history((0.0, RunStarted(3)), (880.0, StepAcknowledged(9)), hung(900.0)))
        == []
    )
    assert broken(the_caller_is_answered_in_time, history((0.0, RunStarted(3)), (880.0, MISSED), hung(900.0))) == []


def test_a_run_that_finishes_keeps_it(history, broken):
    """However long it was refused; and in an empty trace there is no caller."""
    assert broken(the_caller_is_answered_in_time, history((1.0, MISSED), (800.0, RunFinished(3)))) == []
    assert broken(the_caller_is_answered_in_time, history()) == []


def test_what_comes_after_the_end_does_not_count(history, broken):
    """Neither a late refusal nor a late step: the caller had heard nothing by then."""
    began = (0.0, RunStarted(3))
    for late in (MISSED, StepAcknowledged(1)):
        trace = history(began, hung(900.0), (900.5, late))
        assert broken(the_caller_is_answered_in_time, trace) == [(900.0, "the caller got no answer in 900 s")]
    trace = history(began, (1.0, MISSED), (127.0, DIED), (127.0, StepAcknowledged(1)))
    assert broken(the_caller_is_answered_in_time, trace) == [
        (127.0, "the caller was refused for 126 s before its error")
    ]


def test_a_run_that_never_began_counts_from_the_start_of_the_world(history, broken):
    """The limit is not yet silence, a moment more is."""
    assert broken(the_caller_is_answered_in_time, history(hung(125.0))) == []
    assert broken(the_caller_is_answered_in_time, history(hung(125.5))) == [
        (125.5, "the caller got no answer in 126 s")
    ]
