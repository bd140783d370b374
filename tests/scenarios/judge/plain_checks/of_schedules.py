"""Plain checks of the stories of scheduling and checkpoints."""

from gateway_sim.control_plane.events import (
    LimitGivenBack,
    LimitLeaseEnded,
    LimitTaken,
    WorkEnded,
    WorkEvicted,
    WorkShrunk,
    WorkToldToLeave,
)
from gateway_sim.scenarios.orchestration.workloads.events import (
    BatchTrained,
    CheckpointWritten,
    DeadlineSet,
    GpuSecondsLost,
    GpuSecondsWon,
    HolderBegan,
    HolderDied,
    HolderEnded,
    HolderFroze,
    HolderStopped,
    HolderWaits,
    HolderWoke,
    LatestMoved,
    LatestPointed,
    LaunchingEnded,
    RunPreempted,
    RunResumed,
    SaveCommitted,
    StepSynchronized,
    StragglersWatched,
    TrainingEnded,
    TrainingPlanned,
    WriterTookOver,
)
from gateway_sim.scenarios.sim.events import RunFailed, RunFinished, RunStarted
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.trainer_pod.events import StepApplied
from tests.scenarios.judge.plain_checks import after, applied, before, built, check, events


@check(
    (0.0, HolderBegan("backfill", "run-1", 2)), (1.0, LimitLeaseEnded("backfill", "run-1", 1)),
    (2.0, HolderBegan("backfill", "run-1", 2)), (2.0, HolderBegan("backfill", "run-2", 2)),
    (3.0, HolderDied("backfill", "run-1", 10.0)), (4.0, HolderDied("backfill", "run-2", 10.0)),
    (12.0, LimitLeaseEnded("backfill", "run-1", 1)), (13.0, LimitLeaseEnded("backfill", "run-2", 0)),
    (20.0, LimitLeaseEnded("backfill", "run-3", 0)),
)  # fmt: skip
def a_dead_holders_place_comes_back(trace: Trace) -> bool:
    """At the end of the time allowed the last that happened to a dead holder's place is the end of its lease."""
    for died in trace.of(HolderDied):
        by_s = died.at_s + died.event.within_s
        its = (died.event.name, died.event.holder)
        began = [e for e in before(trace, died, HolderBegan) if (e.event.name, e.event.holder) == its]
        ends = after(trace, began[-1], LimitLeaseEnded) if began else list(trace.of(LimitLeaseEnded))
        if trace.entries[-1].at_s > by_s and not any(
            (e.event.name, e.event.holder) == its and e.at_s <= by_s for e in ends
        ):
            return False
    return True


@check(
    (0.0, TrainingPlanned(9, 9, 2, ())), (1.0, RunResumed(1, 0)), (2.0, RunPreempted(1, 3)), (3.0, RunResumed(2, 2)),
    (4.0, RunPreempted(2, 6)), (5.0, RunResumed(3, 4)), (6.0, RunPreempted(3, 8)), (7.0, RunResumed(4, 8)),
)  # fmt: skip
def a_preemption_costs_at_most_one_interval(trace: Trace) -> bool:
    """No run resumes more steps than an interval before a preemption that followed its last start."""
    interval = next((e.save_every for e in events(trace, TrainingPlanned)), None)
    for resumed in trace.of(RunResumed):
        since = before(trace, resumed, RunPreempted, RunResumed)
        starts = [n for n, e in enumerate(since) if isinstance(e.event, RunResumed)]
        lost = [e.event.step - resumed.event.step for e in since[starts[-1] + 1 if starts else 0 :]]
        if interval is not None and lost and max(lost) > interval:
            return False
    return True


@check(
    (0.0, WorkToldToLeave("c", "a", "w", 10.0)), (5.0, WorkToldToLeave("c", "b", "w", 60.0)),
    (10.0, WorkEvicted("c", "a", "w", 0.0)), (20.0, WorkToldToLeave("d", "a", "w", 30.0)),
    (40.0, WorkShrunk("d", "a", 4, "w", 0.0)), (65.0, WorkEnded("c", "b")), (70.0, WorkEnded("d", "a")),
)  # fmt: skip
def a_preempted_job_leaves_within_its_grace(trace: Trace) -> bool:
    """After each time that a job is told to leave, it next leaves, or ends, within the seconds that it was told."""
    for told in trace.of(WorkToldToLeave):
        its = (told.event.cluster, told.event.work)
        ways = after(trace, told, WorkEvicted, WorkShrunk, WorkEnded)
        left = [e.at_s - told.at_s for e in ways if (e.event.cluster, e.event.work) == its]
        if not left or left[0] > told.event.within_s + 0.001:
            return False
    return True


@check(
    (0.0, StragglersWatched(1.5, 2)), (1.0, StepSynchronized(1, 0, 10.0, 9.0)),
    (2.0, StepSynchronized(2, 1, 30.0, 10.0)), (3.0, StepSynchronized(3, 1, 15.0, 10.0)),
    (4.0, StepSynchronized(4, 0, 11.0, 10.0)),
)  # fmt: skip
def a_straggler_slows_no_more_steps_than_it_takes_to_see_it(trace: Trace) -> bool:
    """No worker made more steps than are watched so slow; without the watch nothing is proved."""
    watched = events(trace, StragglersWatched)
    if not watched:
        return False
    slow = [e.slowest for e in events(trace, StepSynchronized) if e.took_s / e.others_s >= watched[0].factor]
    return all(slow.count(worker) <= watched[0].steps for worker in slow)


@check((0.0, TrainingEnded(3, "w1", "w1")), (1.0, TrainingEnded(4, "w2", "w2")))
def an_interruption_leaves_no_trace_in_the_weights(trace: Trace) -> bool:
    """The weights are the undisturbed run's."""
    return all(e.weights == e.undisturbed for e in events(trace, TrainingEnded))


@check(
    (0.0, WriterTookOver(1)), (1.0, CheckpointWritten(1, "step-2")), (1.5, LatestPointed(1, "step-2")),
    (2.0, WriterTookOver(2)), (3.0, CheckpointWritten(1, "step-4")), (4.0, CheckpointWritten(2, "step-4")),
    (5.0, LatestPointed(2, "step-4")), (6.0, CheckpointWritten(2, "step-2")),
)  # fmt: skip
def an_old_writer_changes_nothing(trace: Trace) -> bool:
    """No writer moves `latest` after a later one took over, nor overwrites what a later one wrote."""
    moves = [(e, WriterTookOver) for e in trace.of(LatestPointed)]
    writes = [(e, CheckpointWritten) for e in trace.of(CheckpointWritten)]
    for entry, kind in [*moves, *writes]:
        for earlier in before(trace, entry, kind):
            same = getattr(earlier.event, "checkpoint", entry.event.checkpoint) == entry.event.checkpoint
            if same and earlier.event.writer > entry.event.writer:
                return False
    return True


@check(
    (0.0, built(), "world"), (1.0, RunStarted(3), "job-1"), (1.0, RunStarted(3), "job-2"), (2.0, applied(2), "pod"),
    (3.0, applied(3), "pod"), (4.0, RunFinished(3), "job-1"),
    (4.5, StepApplied("acme", "job-2", 1, "m", 6, 3, 1, "w3"), "pod"), (5.0, RunFinished(3), "job-2"),
    (6.0, applied(4), "pod"),
)  # fmt: skip
def every_run_ends_as_if_undisturbed(trace: Trace) -> bool:
    """Each run that started reached its end, and the last step of its job before that has the undisturbed weights."""
    wanted = [e.undisturbed for e in events(trace, type(built()))]
    if not wanted:
        return False
    for started in trace.of(RunStarted):
        ends = [e for e in trace.of(RunFinished, RunFailed) if e.source == started.source]
        if not ends or isinstance(ends[0].event, RunFailed):
            return False
        steps = [e.event.weights for e in before(trace, ends[0], StepApplied) if e.event.job == started.source]
        if not steps or steps[-1] != wanted[0]:
            return False
    return True


@check(
    (0.0, WorkEnded("c", "hourly-1")), (1.0, DeadlineSet("c", "hourly-1", 10.0)),
    (2.0, DeadlineSet("c", "hourly-2", 20.0)), (8.0, WorkEnded("c", "hourly-1")), (20.0, WorkEnded("c", "hourly-2")),
    (30.0, WorkEnded("c", "backfill-1")),
)  # fmt: skip
def every_run_ends_by_its_deadline(trace: Trace) -> bool:
    """Work with a deadline ends after the deadline was set and before it has passed."""
    for due in trace.of(DeadlineSet):
        its = (due.event.cluster, due.event.work)
        ends = [e.at_s for e in after(trace, due, WorkEnded) if (e.event.cluster, e.event.work) == its]
        if not ends or ends[0] > due.event.by_s:
            return False
    return True


@check(
    (0.0, TrainingPlanned(3, 6, 1, ())), (1.0, BatchTrained(1, 1, (0, 1), 0)), (2.0, BatchTrained(1, 2, (4, 5), 0)),
    (3.0, BatchTrained(2, 2, (2, 3), 0)), (4.0, BatchTrained(2, 3, (4, 5), 0)),
)  # fmt: skip
def every_sample_is_trained_once(trace: Trace) -> bool:
    """The last time that each step was taken, the steps together have each planned row once."""
    planned = next((e.rows for e in events(trace, TrainingPlanned)), None)
    rows = [row for step in {e.step: e.rows for e in events(trace, BatchTrained)}.values() for row in step]
    return planned is None or (len(rows) == len(set(rows)) == planned)


@check((0.0, SaveCommitted(2)), (1.0, LatestMoved(2)), (2.0, SaveCommitted(4)), (3.0, LatestMoved(4)))
def latest_names_a_committed_checkpoint(trace: Trace) -> bool:
    """Each checkpoint that `latest` names was committed before."""
    moves = list(trace.of(LatestMoved))
    return all(move.event.step in [e.event.step for e in before(trace, move, SaveCommitted)] for move in moves)


@check((0.0, GpuSecondsWon(50.0)), (0.0, GpuSecondsWon(20.0)), (1.0, GpuSecondsLost("a", 30.0)),
      (2.0, GpuSecondsLost("b", 30.0)))  # fmt: skip
def moving_wins_more_than_it_costs(trace: Trace) -> bool:
    """No more was lost than won."""
    won, lost = (sum(e.gpu_s for e in events(trace, kind)) for kind in (GpuSecondsWon, GpuSecondsLost))
    return won >= lost


@check((0.0, LimitTaken("a", 1, 2)), (1.0, LimitTaken("a", 2, 2)), (2.0, LimitGivenBack("a", 1)),
      (3.0, LimitTaken("b", 1, 1)), (4.0, LimitTaken("a", 2, 2)), (5.0, LimitLeaseEnded("a", "run-1", 1)),
      (6.0, LimitTaken("a", 2, 2)))  # fmt: skip
def no_limit_is_exceeded(trace: Trace) -> bool:
    """After each taking, those taken less those left are no more than the limit allows."""
    for now in trace.of(LimitTaken):
        its = [e.event for e in before(trace, now, LimitTaken, LimitLeaseEnded, LimitGivenBack)]
        taken = [isinstance(event, LimitTaken) for event in its if event.name == now.event.name]
        if taken.count(True) + 1 - taken.count(False) > now.event.limit:
            return False
    return True


@check(
    (0.0, HolderBegan("a", "run-1", 2)), (0.5, HolderBegan("b", "run-9", 1)), (1.0, HolderBegan("a", "run-2", 2)),
    (2.0, HolderFroze("a", "run-1")), (3.0, HolderBegan("a", "run-3", 2)), (4.0, HolderDied("a", "run-2", 5.0)),
    (5.0, HolderWoke("a", "run-1")), (6.0, HolderStopped("a", "run-1")), (7.0, HolderEnded("a", "run-3")),
    (8.0, HolderBegan("a", "run-4", 2)),
)  # fmt: skip
def no_more_runs_compute_than_a_limit_allows(trace: Trace) -> bool:
    """When a run begins or wakes, no more runs of its limit compute than the limit allows."""
    for now in trace.of(HolderBegan, HolderWoke):
        its = [*before(trace, now, HolderBegan, HolderDied, HolderEnded, HolderFroze, HolderStopped, HolderWoke), now]
        its = [e for e in its if e.event.name == now.event.name]
        last = {e.event.holder: e.event for e in its}
        limits = [e.event.limit for e in its if isinstance(e.event, HolderBegan)]
        computing = sum(isinstance(event, HolderBegan | HolderWoke) for event in last.values())
        if computing > (limits[-1] if limits else 0):
            return False
    return True


@check(
    (0.0, HolderWaits("a", "run-1", 2, 5.0)), (1.0, HolderBegan("a", "run-1", 2)),
    (2.0, HolderWaits("a", "run-2", 2, 5.0)), (5.0, HolderBegan("a", "run-2", 2)),
    (6.0, HolderWaits("a", "run-3", 2, 5.0)), (20.0, HolderDied("a", "run-1", 10.0)),
    (34.0, HolderBegan("a", "run-3", 2)), (36.0, HolderWaits("a", "run-4", 2, 5.0)), (50.0, HolderEnded("a", "run-2")),
    (55.0, LaunchingEnded("a", 2)), (90.0, HolderEnded("a", "run-3")),
)  # fmt: skip
def no_place_idles_while_a_run_waits(trace: Trace) -> bool:
    """At no time has a place been free beside a waiting run for longer than one question takes."""
    changes = [(e.at_s, e.event) for e in trace.entries if not isinstance(e.event, HolderDied)]
    changes += [(e.at_s + e.event.within_s, e.event) for e in trace.of(HolderDied)]
    end_s = trace.entries[-1].at_s if trace.entries else 0.0
    idle_s, allowed_s, were_free = 0.0, 0.0, 0
    for n in range(int(max([end_s, *(at_s for at_s, _ in changes)]) * 2)):
        past = [event for at_s, event in sorted(changes, key=lambda one: one[0]) if at_s <= n / 2]
        waits: dict[str, HolderWaits] = {}
        holds: dict[str, bool] = {}
        for event in past:
            if isinstance(event, LaunchingEnded):
                waits = {}
            elif isinstance(event, HolderWaits):
                waits[event.holder] = event
            else:
                holds[event.holder] = isinstance(event, HolderBegan)
                if isinstance(event, HolderBegan):
                    waits.pop(event.holder, None)
        first = next(iter(waits.values()), None)
        if first is None or sum(holds.values()) >= first.limit:
            idle_s, were_free = 0.0, 0
            continue
        # all that were free have been taken, and another one came free in the same half second
        taken = sum(isinstance(event, HolderBegan) and (n - 1) / 2 < at_s <= n / 2 for at_s, event in changes)
        idle_s = 0.0 if idle_s and taken >= were_free else idle_s
        were_free = first.limit - sum(holds.values())
        allowed_s = allowed_s if idle_s else first.asked_every_s
        idle_s += 0.5
        if idle_s > allowed_s:
            return False
    return True
