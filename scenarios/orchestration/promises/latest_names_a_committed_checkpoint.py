"""The name `latest` may move only after a checkpoint is complete."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.events import LatestMoved, SaveCommitted
from gateway_sim.scenarios.sim.trace import Entry, Trace


def latest_names_a_committed_checkpoint(trace: Trace) -> Iterator[Violation]:
    """Latest names a committed checkpoint: it moves only to one whose marker has been written."""
    for entry, _ in named_early(trace):
        yield Violation.of(f"latest moved to step {entry.event.step} before its save was complete", entry)


def named_early(trace: Trace) -> Iterator[tuple[Entry, int]]:
    """Yield each move of `latest` to a checkpoint that is not complete, and the steps that it has and no complete one.

    A preemption before the save is complete costs these steps too.
    """
    committed = {0}
    for entry in trace.of(SaveCommitted, LatestMoved):
        step = entry.event.step
        if isinstance(entry.event, SaveCommitted):
            committed.add(step)
        elif step not in committed:
            yield entry, step - max(one for one in committed if one < step)
