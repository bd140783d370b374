"""A checkpoint must serve a later pod."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.sim.trace import Entry, Trace
from gateway_sim.trainer_pod.events import OperationFailed, StateLoaded, StateSaved


def what_was_checkpointed_can_be_resumed(trace: Trace) -> Iterator[Violation]:
    """What was checkpointed can be resumed: no load of a saved state fails, or begins at another step."""
    saved: dict[str, Entry] = {}
    for entry in trace.of(StateSaved, StateLoaded, OperationFailed):
        event = entry.event
        if isinstance(event, StateSaved):
            saved[event.path] = entry
        elif isinstance(event, StateLoaded):
            save = saved.get(event.path)
            if save is not None and event.step != save.event.step:
                message = f"{event.path} was saved at step {save.event.step} and loaded at {event.step}"
                yield Violation.of(message, save, entry)
        elif event.kind == "load_weights" and saved:
            message = f"a load failed though {', '.join(saved)} was saved: {event.error}"
            yield Violation.of(message, *list(saved.values())[-1:], entry)
