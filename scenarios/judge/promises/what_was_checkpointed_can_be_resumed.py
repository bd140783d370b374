"""A checkpoint is a promise to a later pod."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.judge.promises import Violation
from scenarios.sim.trace import Trace
from trainer_pod.events import OperationFailed, StateLoaded, StateSaved


def what_was_checkpointed_can_be_resumed(trace: Trace) -> Iterator[Violation]:
    """What was checkpointed can be resumed: no load of a saved state fails, or begins elsewhere."""
    saved: dict[str, int] = {}
    for entry in trace.of(StateSaved, StateLoaded, OperationFailed):
        event = entry.event
        if isinstance(event, StateSaved):
            saved[event.path] = event.step
        elif isinstance(event, StateLoaded) and event.step != saved.get(event.path, event.step):
            yield Violation(
                f"{event.path} was saved at step {saved[event.path]} and loaded at {event.step}", entry.at_s
            )
        elif isinstance(event, OperationFailed) and event.kind == "load_weights" and saved:
            yield Violation(f"a load failed though {', '.join(saved)} was saved: {event.error}", entry.at_s)
