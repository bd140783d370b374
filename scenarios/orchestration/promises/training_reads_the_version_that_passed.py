"""A table may change between the check and the training."""

from collections.abc import Iterator

from gateway_sim.control_plane.events import GateDecided
from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.model_events import TrainingSetRead
from gateway_sim.scenarios.sim.trace import Trace


def training_reads_the_version_that_passed(trace: Trace) -> Iterator[Violation]:
    """Training reads the version that passed: the one that the gate checked, not a later one."""
    passed: dict[tuple[str, str], int] = {}
    for entry in trace.of(GateDecided, TrainingSetRead):
        event = entry.event
        if isinstance(event, GateDecided):
            if event.passed:
                passed[event.table, event.date] = event.version
        elif (event.table, event.date) not in passed:
            message = f"version {event.version} was trained on, and the gate had passed no version of {event.date}"
            yield Violation.of(f"{message} of {event.table}", entry)
        elif event.version != passed[event.table, event.date]:
            yield Violation.of(
                f"the gate passed {event.date} of {event.table} at version {passed[event.table, event.date]}, "
                f"and version {event.version} was trained on",
                entry,
            )
