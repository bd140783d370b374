"""The outcome and the figures of a run, on traces written by hand."""

import pytest

from gateway_sim.client.events import CallAnswered, CallLost, CallSent, ControlPlaneProbed
from gateway_sim.events import StrongRead
from gateway_sim.scenarios.judge.measure import (
    Metrics,
    ended_s,
    first_refusal,
    gone,
    metrics,
    outcome,
    refusals,
    refused_for_s,
    run_end,
)
from gateway_sim.scenarios.judge.steps import applied_steps
from gateway_sim.scenarios.sim.events import (
    JobDeleted,
    RunFailed,
    RunFinished,
    RunHung,
    RunStarted,
    StepAcknowledged,
    WorldBuilt,
)
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.trainer_pod.events import OperationFailed, StepApplied

MISSED = CallAnswered("dispatch", "/api/v1/optim_step", 404, None)
DIED = RunFailed("NotFoundError", 404, "dispatch", "Trainer job not found or not running")
OF_POD = ("acme", "job-1", 1, "session-1-1:train:0")
FAILED = OperationFailed(*OF_POD, 3, "optim_step", "RuntimeError: no device", "server")


def history(*told):
    """Return a trace of (second, event) pairs."""
    trace, now_s = Trace(), 0.0
    trace.clock(lambda: now_s)
    emit = trace.emitter("by hand")
    for now_s, event in told:  # noqa: B007 - the trace's clock reads it
        emit(event)
    return trace


def failure(trace):
    """Return the entry of a trace's error."""
    return next(trace.of(RunFailed))


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ([(1.0, RunFinished(3))], "completed"),
        ([(1.0, MISSED), (400.0, RunFinished(3))], "completed"),
        ([(900.0, RunHung(900.0, 40))], "hung"),
        ([], "hung"),
        ([(1.0, MISSED), (1.0, DIED)], "crashed"),
        ([(1.0, MISSED), (3.0, DIED)], "crashed"),
        ([(1.0, MISSED), (3.1, DIED)], "gave_up"),
        ([(1.0, JobDeleted("job-1")), (1.2, MISSED), (1.2, DIED)], "failed_fast"),
        ([(1.0, JobDeleted("job-1")), (1.2, MISSED), (91.2, DIED)], "gave_up"),
        ([(1.0, FAILED), (1.2, DIED)], "failed_fast"),
    ],
    ids=[
        "its end", "its end, late", "the horizon", "nothing", "a 404 at once", "a 404 at the limit", "a 404 long after",
        "a gone job at once", "a gone job long after", "a failed operation",
    ],
)  # fmt: skip
def test_a_run_ends_in_one_of_five_ways(told, named):
    """What decides is how it ended, how long it had been refused, and whether anything was left to wait for."""
    assert outcome(history(*told)) == named


def test_patience_is_counted_since_the_last_step():
    """A refusal that was overcome, and a step after it, are forgiven."""
    trace = history((1.0, MISSED), (5.0, StepAcknowledged(1)), (60.0, MISSED), (60.5, DIED))
    assert refused_for_s(trace, failure(trace)) == 0.5
    assert outcome(trace) == "crashed"


def test_an_error_without_a_refusal_was_waited_for_by_nobody():
    """A bug in the user's own script."""
    trace = history((60.5, RunFailed("KeyError", None, None, "'tokens'")))
    assert refused_for_s(trace, failure(trace)) == 0.0
    assert outcome(trace) == "crashed"


@pytest.mark.parametrize(
    ("event", "refuses"),
    [
        (CallAnswered("connect", "/api/v1/create_session", 404, None), True),
        (CallAnswered("dispatch", "/api/v1/optim_step", 503, None), True),
        (CallAnswered("poll", "/api/v1/retrieve_future", 404, "req-1-1"), True),
        (CallAnswered("poll", "/api/v1/retrieve_future", 408, "req-1-1"), False),
        (CallAnswered("poll", "/api/v1/retrieve_future", 200, "req-1-1"), False),
        (CallAnswered("heartbeat", "/api/v1/session_heartbeat", 404, None), False),
        (CallAnswered("health", "/api/v1/healthz", 404, None), False),
        (CallAnswered("control", "/v1/accounts", 503, None), False),
        (CallLost("dispatch", "/api/v1/optim_step", "reset"), True),
        (CallLost("heartbeat", "/api/v1/session_heartbeat", "timeout"), False),
    ],
)
def test_a_refusal_is_a_no_to_the_users_own_calls(event, refuses):
    """A refused heartbeat is ignored for ever, and a poll's 408 says "not yet"."""
    assert [entry.event for entry in refusals(history((1.0, event)))] == ([event] if refuses else [])


def test_the_figures_of_a_run_are_counted_from_its_trace():
    """Each figure once, from a run in which each can be told from the others."""
    trace = history(
        (0.0, WorldBuilt("r", "c", "g", "s", "b", "e", 3, "aa")),
        (0.1, RunStarted(3)),
        *[(1.0 + n / 10, CallSent("poll", "/api/v1/retrieve_future", None, "req-1-1")) for n in range(4)],
        (1.5, StrongRead("acme", "job-1")),
        (1.5, StrongRead("acme", "job-1")),
        (1.6, ControlPlaneProbed("JOB_STATE_RUNNING", None)),
        (2.0, StepApplied(*OF_POD, 2, 1, 1, "aa")),
        (2.0000004, StepAcknowledged(1)),
        (3.0, StepApplied(*OF_POD, 4, 2, 3, "bb")),
        (3.5, StepAcknowledged(2)),
        (4.2500004, DIED),
        (9.0, StepApplied(*OF_POD, 5, 3, 0, "cc")),
    )
    assert metrics(trace, 0.0123456) == Metrics(
        first_step_s=2.0,
        finished_s=4.25,
        wall_s=0.012,
        requests=4,
        peak_requests_per_s=4,
        control_plane_probes=1,
        strong_reads=2,
        steps_intended=3,
        steps_applied=3,
        steps_applied_twice=3,
    )


def test_an_empty_run_has_figures_too():
    """Zeros, and no first step."""
    assert metrics(Trace(), 0.0) == Metrics(None, 0.0, 0.0, 0, 0, 0, 0, 0, 0, 0)


def test_a_run_without_an_end_ended_with_its_trace():
    """A hung run's seconds count until its world was stopped."""
    assert ended_s(history((1.0, RunStarted(1)), (900.0, RunHung(900.0, 4)))) == 900.0
    assert ended_s(history((1.0, RunFinished(1)), (900.0, JobDeleted("job-1")))) == 1.0


@pytest.mark.parametrize(("accumulated", "too_often"), [(1, []), (2, [1]), (4, [3]), (0, [1])])
def test_a_step_counts_as_often_too_often_as_its_batch_does(accumulated, too_often):
    """One batch is right; none is a move on momentum alone."""
    trace = history((1.0, StepApplied(*OF_POD, 2, 1, accumulated, "aa")))
    assert [step.extra for step in applied_steps(trace) if step.extra] == too_often


@pytest.mark.parametrize(("gone_s", "named"), [(1.0, "failed_fast"), (1.5, "failed_fast"), (1.6, "crashed")])
def test_a_job_that_is_deleted_with_the_error_was_gone_by_then(gone_s, named):
    """One that is deleted later was alive."""
    told = sorted([(gone_s, JobDeleted("job-1")), (1.5, DIED)], key=lambda one: one[0])
    assert outcome(history((1.0, MISSED), *told)) == named


@pytest.mark.parametrize(
    ("told", "deleted", "ended"),
    [
        ([(1.0, RunStarted(1))], None, None),
        ([(1.0, JobDeleted("job-1"))], 0, None),
        ([(1.0, JobDeleted("job-1")), (2.0, DIED), (3.0, RunHung(3.0, 1))], 0, 1),
        ([(1.0, JobDeleted("job-1")), (1.0, RunFinished(1))], 0, 1),
        ([(1.0, RunFinished(1)), (1.0, JobDeleted("job-1"))], 1, 0),
        ([(1.0, RunFinished(1)), (2.0, JobDeleted("job-1"))], None, None),
        ([(1.0, JobDeleted("job-1")), (2.0, JobDeleted("job-1")), (3.0, RunHung(3.0, 1))], 0, 2),
    ],
)
def test_a_job_is_gone_for_its_run_if_it_was_deleted_before_the_end(told, deleted, ended):
    """The first deletion counts, and the first end; both are the witness."""
    trace = history(*told)
    at, met = trace.entries, gone(trace)
    if deleted is None:
        assert met is None
    else:
        assert met is not None
        assert (met.deleted, met.ended) == (at[deleted], None if ended is None else at[ended])
        assert met.witness == ((at[deleted],) if ended is None else (at[deleted], at[ended]))
    ends = [entry for entry in at if isinstance(entry.event, RunFinished | RunFailed | RunHung)]
    assert run_end(trace) is (ends[0] if ends else None)


def test_the_refusal_that_counts_is_the_first_since_the_last_step():
    """One of the same moment counts; without a step it is the first of all, also at the second 0."""
    trace = history((0.0, MISSED), (1.0, MISSED))
    assert first_refusal(trace) is trace.entries[0]
    trace = history((1.0, MISSED), (5.0, StepAcknowledged(1)), (5.0, MISSED), (6.0, MISSED))
    assert first_refusal(trace) is trace.entries[2]
    assert first_refusal(history((1.0, MISSED), (5.0, StepAcknowledged(1)))) is None
    assert refused_for_s(trace, trace.entries[3]) == 1.0


@pytest.mark.parametrize("status", [399, 400, 408, 500])
def test_an_answer_refuses_from_400_on(status):
    """But for "not yet"; a sampling call is the user's own too."""
    answered = CallAnswered("sample", "/api/v1/asample", status, None)
    assert len(list(refusals(history((1.0, answered))))) == (status in (400, 500))
