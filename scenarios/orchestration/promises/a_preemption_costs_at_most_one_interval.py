"""A checkpoint bounds the work that a preemption can cost."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.events import (
    BatchTrained,
    RunPreempted,
    RunResumed,
    SaveBegan,
    TrainingPlanned,
)
from gateway_sim.scenarios.sim.trace import Entry, Trace


def a_preemption_costs_at_most_one_interval(trace: Trace) -> Iterator[Violation]:
    """A preemption costs at most one interval: no more steps are repeated than lie between two checkpoints.

    Where training goes on beside a save, the steps that were trained beside one in the time that a save may take are
    repeated as well, and count for nothing.
    """
    planned = next(trace.of(TrainingPlanned), None)
    for entry, lost, beside in steps_lost(trace):
        if planned is not None and lost - beside > planned.event.save_every:
            while_saving = f", {beside} of them beside a save" if beside else ""
            yield Violation.of(
                f"incarnation {entry.event.incarnation} lost {lost} steps{while_saving}; one interval is "
                f"{planned.event.save_every}",
                entry,
            )


def steps_lost(trace: Trace) -> Iterator[tuple[Entry, int, int]]:
    """Yield each preemption, the number of repeated steps, and how many of these were trained beside a save."""
    planned = next(trace.of(TrainingPlanned), None)
    beside_s = planned.event.beside_s if planned is not None else 0.0
    preempted: Entry | None = None
    saved_s, beside = -1.0, set[int]()
    for entry in trace.of(BatchTrained, SaveBegan, RunPreempted, RunResumed):
        match entry.event:
            case SaveBegan():
                saved_s = entry.at_s
            case BatchTrained(step=step) if beside_s and saved_s >= 0.0 and entry.at_s <= saved_s + beside_s:
                beside.add(step)
            case RunPreempted(step=step) if preempted is None or step > preempted.event.step:
                # one that comes before the run has resumed costs nothing more
                preempted = entry
            case RunResumed(step=step):
                if preempted is not None:
                    yield preempted, preempted.event.step - step, sum(1 for one in beside if one > step)
                preempted, saved_s = None, -1.0
                beside.clear()
            case _:
                pass
