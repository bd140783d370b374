"""A run that cannot be reproduced cannot be audited."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.model_events import ReplayRefused, RunReplayed
from gateway_sim.scenarios.sim.trace import Trace


def every_run_can_be_replayed(trace: Trace) -> Iterator[Violation]:
    """Every run can be replayed: at each audit it ends with its first weights, byte for byte."""
    for entry in trace.of(RunReplayed, ReplayRefused):
        event = entry.event
        if isinstance(event, ReplayRefused):
            yield Violation.of(f"on day {event.day} {event.run} could not be trained again: {event.reason}", entry)
        elif event.weights != event.undisturbed:
            yield Violation.of(f"on day {event.day} {event.run} ended with other weights than it had", entry)
