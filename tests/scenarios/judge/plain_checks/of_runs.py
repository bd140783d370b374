"""Plain checks of runs: how they end, and which steps and sequences they leave."""

from collections import Counter

from gateway_sim.client.events import RetryScheduled
from gateway_sim.control_plane.events import AnswerDelayed, JobMoved, PodPlaced
from gateway_sim.scenarios.sim.events import (
    FaultInjected,
    FaultLifted,
    JobDeleted,
    RunFailed,
    RunFinished,
    RunHung,
    RunStarted,
    StepAcknowledged,
    WorldBuilt,
)
from gateway_sim.scenarios.sim.sampling_events import SequenceReceived, SequencesExpected
from gateway_sim.scenarios.sim.trace import Entry, Trace
from gateway_sim.trainer_pod.events import GradientsAccumulated, OperationFailed, StateLoaded, StateSaved, StepApplied
from tests.scenarios.judge.plain_checks import ENDS, FAILED, GONE, M1, M2, US, applied, before, built, check, job, pod


@check((0.0, RunStarted(3)), (5.0, OperationFailed(*US, 1, M1, 2, "optim_step", "loss is NaN", "user")), (6.0, FAILED))
def a_broken_trainer_is_not_masked(trace: Trace) -> bool:
    """Every failure before the end reaches the user, in its own words, within 2 s."""
    end = next(trace.of(*ENDS), None)
    for broke in trace.of(OperationFailed):
        if end is not None and end.at_s < broke.at_s:
            continue
        if end is None or not isinstance(end.event, RunFailed) or broke.event.error not in end.event.message:
            return False
        if end.at_s > broke.at_s + 2:
            return False
    return True


@check((0.0, RunStarted(3)), (5.0, JobDeleted("job-1")), (6.5, GONE), (7.0, StepAcknowledged(1)))
def a_gone_job_fails_fast(trace: Trace) -> bool:
    """The script of a deleted job ends within 2 s with the error of a refused call."""
    end = next(trace.of(*ENDS), None)
    for deleted in trace.of(JobDeleted):
        if end is not None and end.at_s < deleted.at_s:
            continue
        if end is None or not isinstance(end.event, RunFailed) or end.at_s > deleted.at_s + 2:
            return False
        if end.event.status is None and end.event.leg is None:
            return False
    return True


@check(
    (0.0, PodPlaced(*US, 1, "pod:1")), (1.0, applied(1)), (4.0, FaultInjected("stale-route")),
    (5.0, JobDeleted("job-1")), (6.0, FaultInjected("stale-route")), (7.0, FaultInjected("pod-crash")),
    (14.0, FaultLifted("stale-route")), (22.0, FaultLifted("stale-route")), (23.0, AnswerDelayed("GET", "/v1", 4.0)),
    (25.0, RetryScheduled("control", 5.0, "sdk")), (41.0, GONE), (41.0, applied(2)),
)  # fmt: skip
def a_gone_job_is_noticed(trace: Trace) -> bool:
    """The script of a deleted job ends 12 s after no fault hides the deletion, or its steps were not the job's."""
    deleted, end = next(trace.of(JobDeleted), None), next(trace.of(*ENDS), None)
    if deleted is None or (end is not None and end.at_s < deleted.at_s):
        return True
    if end is None:
        return False
    if isinstance(end.event, RunFinished):
        return not _steps_of_the_deleted(trace, deleted.at_s)
    open_s = deleted.at_s
    while any(begin_s <= open_s + 12 and end_s > open_s for begin_s, end_s in _hiding(trace)):
        open_s = max(end_s for begin_s, end_s in _hiding(trace) if begin_s <= open_s + 12)
    waits = [e for e in trace.of(RetryScheduled) if e.event.leg == "control" and e.at_s <= open_s]
    return end.at_s <= max([open_s, *(wait.at_s + wait.event.after_s for wait in waits)]) + 12


def _steps_of_the_deleted(trace: Trace, gone_s: float) -> bool:
    early = [e for e in trace.of(StepApplied) if e.at_s <= gone_s]
    late = [e for e in trace.of(StepApplied) if e.at_s > gone_s]
    old = {e.event.incarnation for e in trace.of(PodPlaced) if e.at_s <= gone_s}
    return bool(late) and (bool(early) or any(e.event.incarnation in old for e in late))


def _hiding(trace: Trace) -> list[tuple[float, float]]:
    """Return the times in which a delayed answer or the one fault of the trace that hides a deletion lasts."""
    hides = [(e.at_s, e.at_s + e.event.by_s) for e in trace.of(AnswerDelayed)]
    changes = [e for e in trace.of(FaultInjected, FaultLifted) if e.event.fault == "stale-route"]
    active = 0
    for n, change in enumerate(changes):
        active = active + 1 if isinstance(change.event, FaultInjected) else max(active - 1, 0)
        until = changes[n + 1] if n + 1 < len(changes) else trace.entries[-1]
        if active:
            hides.append((change.at_s, until.at_s))
    return hides


@check(
    (0.0, SequencesExpected((("a", "b"), ("c", "d")))), (1.0, SequenceReceived(1, 0, "a")),
    (1.5, SequenceReceived(1, 1, "b")), (2.0, SequenceReceived(2, 1, "d")), (2.5, SequenceReceived(2, 0, "c")),
)  # fmt: skip
def every_sequence_is_of_its_weights(trace: Trace) -> bool:
    """Each received sequence has the mark of the undisturbed run; without those of that run nothing is proved."""
    wanted = {}
    for expected in trace.of(SequencesExpected):
        for step, marks in enumerate(expected.event.steps, start=1):
            wanted |= {(step, number): mark for number, mark in enumerate(marks)}
    return all(wanted.get((e.event.step, e.event.number)) == e.event.mark for e in trace.of(SequenceReceived))


def acknowledged(step: int, model: str | None = M1) -> StepAcknowledged:
    """Return the report of a step of a model; None: of one that the script does not know."""
    return StepAcknowledged(step, *(US if model else (None, None)), model)


@check(
    (1.0, applied(1)), (1.5, acknowledged(1)), (2.0, applied(1, 1, M2)), (2.5, acknowledged(1, M2)), (3.0, applied(2)),
    (3.5, acknowledged(2)), (4.0, applied(3)), (4.5, acknowledged(3, None)),
)  # fmt: skip
def no_acknowledged_step_is_lost(trace: Trace) -> bool:
    """When step n is acknowledged, the last step that its model applied is n or later."""
    for told in trace.of(StepAcknowledged):
        model = (told.event.account, told.event.job, told.event.model_id)
        steps = [
            one.event.step
            for one in before(trace, told, StepApplied)
            if told.event.model_id is None or (*job(one.event), one.event.model_id) == model
        ]
        if not steps or steps[-1] < told.event.step:
            return False
    return True


@check(
    (0.0, built()), (1.0, applied(1)), (2.0, applied(2)), (3.0, applied(1, 2)), (4.0, applied(2, 2)),
    (5.0, applied(3, 2)),
)  # fmt: skip
def no_step_is_applied_twice(trace: Trace) -> bool:
    """Each step moved the weights on as many batches as a step has, and no request moved those of a pod twice."""
    world = next(trace.of(WorldBuilt), None)
    wanted = world.event.batches_a_step if world else 1
    steps = [e.event for e in trace.of(StepApplied)]
    requests = [(*pod(step), step.model_id, step.seq_id) for step in steps]
    return all(step.accumulated == wanted for step in steps) and len(set(requests)) == len(requests)


@check(
    (0.0, JobMoved(*US, "JOB_STATE_RUNNING", 1)), (1.0, GradientsAccumulated(*US, 1, M1, 1, 0.5)), (1.5, applied(1)),
    (2.0, StateSaved(*US, 1, "a", 1)), (3.0, JobMoved(*US, "JOB_STATE_PENDING", 1)), (4.0, applied(2)),
    (5.0, JobMoved(*US, "JOB_STATE_RUNNING", 2)), (6.0, applied(2, 2)), (7.0, StateSaved(*US, 2, "b", 2)),
)  # fmt: skip
def one_writer_per_job_incarnation(trace: Trace) -> bool:
    """Nothing is computed, applied or saved by a pod after a newer incarnation of its job runs."""
    for work in trace.of(GradientsAccumulated, StepApplied, StateSaved):
        for moved in before(trace, work, JobMoved):
            newer = moved.event.incarnation > work.event.incarnation and job(moved.event) == job(work.event)
            if moved.event.state == "JOB_STATE_RUNNING" and newer:
                return False
    return True


@check((0.0, RunStarted(3)), (1.0, StepAcknowledged(1)), (9.0, RunFinished(3)))
def the_run_finishes(trace: Trace) -> bool:
    """The script reached its end and did not fail or hang."""
    return trace.reached(RunFinished) and not trace.reached(RunFailed) and not trace.reached(RunHung)


def saved(step: int, incarnation: int, path: str = "a") -> StateSaved:
    """Return a save of a pod."""
    return StateSaved(*US, incarnation, path, step)


def loaded(step: int, incarnation: int, path: str = "a") -> StateLoaded:
    """Return a load of a pod."""
    return StateLoaded(*US, incarnation, path, step, True)


@check(
    (1.0, applied(1)), (2.0, saved(1, 1)), (3.0, applied(2)), (4.0, loaded(1, 2)), (4.5, saved(1, 2, "b")),
    (5.0, applied(2, 2)), (6.0, saved(2, 2)), (7.0, loaded(2, 3)), (7.5, saved(2, 3, "c")), (8.0, loaded(2, 4, "c")),
    (8.5, applied(3, 4, M2)), (9.0, RunFinished(3)), (9.5, applied(4, 4, M2)),
)  # fmt: skip
def the_surviving_chain_is_every_step_once(trace: Trace) -> bool:
    """Played forward, the model that moved last before the end has the steps 1 to N, of one job, each request once."""
    began: dict[object, list[Entry]] = {}
    own: dict[object, list[Entry]] = {}
    kept: dict[str, list[Entry]] = {}
    latest: dict[object, list[Entry]] = {}
    last: list[Entry] = []
    for entry in trace.of(StepApplied, StateSaved, StateLoaded, RunFinished):
        event = entry.event
        if isinstance(event, RunFinished):
            numbers = [e.event.step for e in last]
            asked = Counter((e.event.incarnation, e.event.model_id, e.event.seq_id) for e in last)
            return numbers == list(range(1, event.steps + 1)) and len(asked) == len(last)
        where = pod(event)
        if isinstance(event, StepApplied):
            model = (*where, event.model_id)
            own.setdefault(model, []).append(entry)
            latest[where] = last = began.get(where, []) + own[model]
        elif isinstance(event, StateSaved):
            kept[event.path] = latest.get(where, [])
        else:
            began[where] = latest[where] = kept.get(event.path, [])
            own = {model: steps for model, steps in own.items() if model[:3] != where}  # type: ignore[index]
    return True


@check((0.0, built()), (1.0, applied(1)), (2.0, applied(2)), (3.0, applied(3)), (4.0, RunFinished(3)))
def the_weights_equal_the_undisturbed_runs(trace: Trace) -> bool:
    """The weights of the last step are the undisturbed run's."""
    if not trace.reached(RunFinished):
        return True
    steps = [e.event.weights for e in trace.of(StepApplied)]
    wanted = [e.event.undisturbed for e in trace.of(WorldBuilt)]
    return bool(steps) and bool(wanted) and steps[-1] == wanted[0]


@check(
    (1.0, OperationFailed(*US, 1, M1, 3, "load_weights", "no such checkpoint", "user")), (2.0, saved(2, 1)),
    (3.0, saved(4, 1, "b")), (4.0, loaded(2, 2)), (5.0, loaded(4, 2, "b")), (6.0, saved(6, 2)), (7.0, loaded(6, 3)),
    (8.0, OperationFailed(*US, 1, M1, 9, "optim_step", "loss is NaN", "user")), (9.0, loaded(5, 1, "elsewhere")),
)  # fmt: skip
def what_was_checkpointed_can_be_resumed(trace: Trace) -> bool:
    """No load fails once something was saved, and each begins at the step at which its path was saved last."""
    for load in trace.of(StateLoaded, OperationFailed):
        saves = before(trace, load, StateSaved)
        if isinstance(load.event, OperationFailed):
            if load.event.kind == "load_weights" and saves:
                return False
        else:
            steps = [e.event.step for e in saves if e.event.path == load.event.path]
            if steps and steps[-1] != load.event.step:
                return False
    return True
