"""A gone job fails fast: two seconds from the deletion to the error, and an error it must be."""

import pytest

from gateway_sim.scenarios.judge.promises.a_gone_job_fails_fast import a_gone_job_fails_fast
from gateway_sim.scenarios.sim.events import JobDeleted, RunFailed, RunFinished, RunHung, StepAcknowledged

DIED = RunFailed("NotFoundError", 404, "dispatch", "Trainer job not found or not running")


@pytest.mark.parametrize("told_s", [5.0, 5.3, 7.0])
def test_an_error_within_two_seconds_keeps_it(history, broken, told_s):
    """The limit included."""
    assert broken(a_gone_job_fails_fast, history((5.0, JobDeleted("job-1")), (told_s, DIED))) == []


@pytest.mark.parametrize(("told_s", "words"), [(7.1, "2.1 s"), (95.0, "90.0 s")])
def test_an_error_after_that_breaks_it(history, broken, told_s, words):
    """A moment late, or after the ninety seconds of a blanket retry."""
    trace = history((5.0, JobDeleted("job-1")), (told_s, DIED))
    assert broken(a_gone_job_fails_fast, trace) == [(told_s, f"the job was gone for {words} before its run ended")]


def test_an_error_that_no_refusal_is_behind_breaks_it(history, broken):
    """An answer that cannot be read says nothing of the job."""
    misread = RunFailed("ValueError", None, None, "this is no FutureEnvelope")
    trace = history((5.0, JobDeleted("job-1")), (5.2, misread))
    assert broken(a_gone_job_fails_fast, trace) == [(5.2, "the run died of ValueError, which no refused call caused")]


def test_an_sdks_own_error_keeps_it_where_a_refusal_is_behind(history, broken):
    """The SDK shows a poll's 404 as a ValueError, and hides the status (docs/reference/protocol.md §4.3)."""
    shown = RunFailed("ValueError", None, "poll", "builtins.ValueError: Trainer job not found or not running")
    assert broken(a_gone_job_fails_fast, history((5.0, JobDeleted("job-1")), (5.2, shown))) == []


def test_a_hung_run_breaks_it_however_soon_it_was_stopped(history, broken):
    """A poller that spins its world's requests away in a second has not failed fast: it has not failed."""
    trace = history((5.0, JobDeleted("job-1")), (6.0, RunHung(6.0, 5000)))
    assert broken(a_gone_job_fails_fast, trace) == [(6.0, "the job had been gone for 1.0 s, and its run still went on")]


def test_a_run_that_finishes_on_a_gone_job_breaks_it(history, broken):
    """Somebody still trains for it: deleted jobs have no pods."""
    trace = history((5.0, JobDeleted("job-1")), (6.5, RunFinished(3)))
    assert broken(a_gone_job_fails_fast, trace) == [(6.5, "the run reached its end 1.5 s after its job was gone")]


def test_a_run_that_never_ended_breaks_it(history, broken):
    """The violation stands where the job went."""
    trace = history((5.0, JobDeleted("job-1")), (6.0, StepAcknowledged(2)))
    assert broken(a_gone_job_fails_fast, trace) == [(5.0, "the job was gone, and its run did not end")]


@pytest.mark.parametrize("ended", [RunFinished(3), DIED])
def test_a_run_that_ended_before_the_deletion_keeps_it(history, broken, ended):
    """Nobody was left to tell."""
    assert broken(a_gone_job_fails_fast, history((4.0, ended), (5.0, JobDeleted("job-1")))) == []


def test_where_no_job_was_deleted_there_is_nothing_to_keep(history, broken):
    """Empty traces and other people's errors included."""
    assert broken(a_gone_job_fails_fast, history()) == []
    assert broken(a_gone_job_fails_fast, history((900.0, RunHung(900.0, 10)))) == []
