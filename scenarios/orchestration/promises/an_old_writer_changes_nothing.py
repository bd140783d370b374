"""A writer that its successor has replaced may still be alive, and finish what it had begun."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.events import CheckpointWritten, LatestPointed, WriterTookOver
from gateway_sim.scenarios.sim.trace import Trace


def an_old_writer_changes_nothing(trace: Trace) -> Iterator[Violation]:
    """An old writer changes nothing: it moves `latest` no more, and overwrites no checkpoint of its successor."""
    newest, written = 0, dict[str, int]()
    for entry in trace.of(WriterTookOver, CheckpointWritten, LatestPointed):
        event = entry.event
        match event:
            case WriterTookOver():
                newest = max(newest, event.writer)
            case CheckpointWritten():
                if written.get(event.checkpoint, 0) > event.writer:
                    yield Violation.of(
                        f"writer {event.writer} overwrote {event.checkpoint} of writer {written[event.checkpoint]}",
                        entry,
                    )
                written[event.checkpoint] = event.writer
            case LatestPointed() if event.writer < newest:
                yield Violation.of(
                    f"writer {event.writer} moved latest to {event.checkpoint} after writer {newest} took over", entry
                )
