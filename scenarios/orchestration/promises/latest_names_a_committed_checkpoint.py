"""The name `latest` may move only after a checkpoint is complete."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.events import LatestMoved, SaveCommitted
from gateway_sim.scenarios.sim.trace import Trace


def latest_names_a_committed_checkpoint(trace: Trace) -> Iterator[Violation]:
    """Latest names a committed checkpoint: it moves only to one whose marker has been written."""
    committed = set()
    for entry in trace.of(SaveCommitted, LatestMoved):
        if isinstance(entry.event, SaveCommitted):
            committed.add(entry.event.step)
        elif entry.event.step not in committed:
            yield Violation.of(f"latest moved to step {entry.event.step} before its save was complete", entry)
