"""A checkpoint bounds the work that a preemption can cost."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.events import RunPreempted, RunResumed, TrainingPlanned
from gateway_sim.scenarios.sim.trace import Entry, Trace


def a_preemption_costs_at_most_one_interval(trace: Trace) -> Iterator[Violation]:
    """A preemption costs at most one interval: no more steps are repeated than lie between two checkpoints."""
    planned = next(trace.of(TrainingPlanned), None)
    for entry, lost in steps_lost(trace):
        if planned is not None and lost > planned.event.save_every:
            yield Violation.of(
                f"incarnation {entry.event.incarnation} lost {lost} steps; it should save every "
                f"{planned.event.save_every}",
                entry,
            )


def steps_lost(trace: Trace) -> Iterator[tuple[Entry, int]]:
    """Yield each preemption and the number of steps that were repeated after it."""
    preempted: Entry | None = None
    for entry in trace.of(RunPreempted, RunResumed):
        if isinstance(entry.event, RunPreempted):
            preempted = entry
        elif preempted is not None:
            yield preempted, preempted.event.step - entry.event.step
            preempted = None
