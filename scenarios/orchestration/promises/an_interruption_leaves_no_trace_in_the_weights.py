"""A run that was preempted and resumed gives the same model as an uninterrupted one."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.events import TrainingEnded
from gateway_sim.scenarios.sim.trace import Trace


def an_interruption_leaves_no_trace_in_the_weights(trace: Trace) -> Iterator[Violation]:
    """An interruption leaves no trace in the weights: they end as those of the uninterrupted run."""
    for entry in trace.of(TrainingEnded):
        if entry.event.weights != entry.event.undisturbed:
            yield Violation.of(
                f"the weights are {entry.event.weights[:12]}, the uninterrupted run's are "
                f"{entry.event.undisturbed[:12]}",
                entry,
            )
