"""An unchanged model must be as good as on the day of its evaluation."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.model_events import DayServed
from gateway_sim.scenarios.sim.trace import Trace


def what_serves_is_as_good_as_it_was(trace: Trace) -> Iterator[Violation]:
    """What serves is as good as it was: each day it has exactly the accuracy of the undisturbed model."""
    for entry in trace.of(DayServed):
        served = entry.event
        if served.quality != served.reference_quality:
            yield Violation.of(
                f"on day {served.day} {served.job} has an accuracy of {served.quality:.4f}, "
                f"and undisturbed {served.reference_quality:.4f}",
                entry,
            )
