"""A broken trainer is not masked: its own words, at once."""

import pytest

from gateway_sim.scenarios.judge.promises.a_broken_trainer_is_not_masked import a_broken_trainer_is_not_masked
from gateway_sim.scenarios.sim.events import RunFailed, RunFinished, RunHung
from gateway_sim.trainer_pod.events import OperationFailed

WORDS = "RuntimeError: CUDA error: device-side assert"
BROKE = OperationFailed("acme", "job-1", 1, "session-1-1:train:0", 3, "optim_step", WORDS, "server")


def died(message):
    """Return the end of a run that was told this."""
    return RunFailed("RequestFailedError", 200, "poll", message)


@pytest.mark.parametrize("told_s", [5.0, 6.9, 7.0])
def test_the_trainers_words_within_two_seconds_keep_it(history, broken, told_s):
    """Alone or inside a longer sentence."""
    trace = history((5.0, BROKE), (told_s, died(f"step 3 failed: {WORDS}")))
    assert broken(a_broken_trainer_is_not_masked, trace) == []


def test_other_words_break_it(history, broken):
    """A client that says "not found" of a broken device sends its user to the wrong people."""
    trace = history((5.0, BROKE), (5.1, died("Trainer job not found or not running")))
    assert broken(a_broken_trainer_is_not_masked, trace) == [
        (5.1, f"the trainer failed with {WORDS!r}, the user got 'Trainer job not found or not running'")
    ]


@pytest.mark.parametrize(("told_s", "words"), [(7.1, "2.1 s"), (35.0, "30.0 s")])
def test_the_right_words_too_late_break_it(history, broken, told_s, words):
    """A retry that hides a failure for a while hides it."""
    trace = history((5.0, BROKE), (told_s, died(WORDS)))
    assert broken(a_broken_trainer_is_not_masked, trace) == [
        (told_s, f"the user got the error {words} after the trainer failed")
    ]


@pytest.mark.parametrize(
    "end", [[], [(9.0, RunFinished(3))], [(900.0, RunHung(900.0, 12))]], ids=["left", "done", "hung"]
)
def test_never_telling_breaks_it(history, broken, end):
    """Also when the run went on to its end as if nothing had been."""
    assert broken(a_broken_trainer_is_not_masked, history((5.0, BROKE), *end)) == [
        (5.0, f"the trainer failed with {WORDS!r}, and the user got no error")
    ]


def test_a_failure_after_the_run_ended_concerns_nobody(history, broken):
    """The run had died of something else by then."""
    trace = history((4.0, died("Trainer job not found or not running")), (5.0, BROKE))
    assert broken(a_broken_trainer_is_not_masked, trace) == []


def test_where_no_trainer_broke_there_is_nothing_to_keep(history, broken):
    """An empty trace, and a run that died of a 404."""
    assert broken(a_broken_trainer_is_not_masked, history()) == []
    assert broken(a_broken_trainer_is_not_masked, history((1.0, died("404")))) == []
