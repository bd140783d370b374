"""An unchanged model must answer as on the day of its evaluation, also where its accuracy happens to be the same."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.model_events import DayServed
from gateway_sim.scenarios.sim.trace import Trace


def what_serves_is_as_good_as_it_was(trace: Trace) -> Iterator[Violation]:
    """What serves is as good as it was: each day it answers exactly as the undisturbed model does."""
    for entry in trace.of(DayServed):
        served = entry.event
        if served.otherwise:
            yield Violation.of(
                f"on day {served.day} {served.job} classifies {served.otherwise} of {served.judged} pictures otherwise "
                f"than undisturbed, with an accuracy of {served.quality:.4f} instead of {served.reference_quality:.4f}",
                entry,
            )
