"""A run of two halves with different ingredients cannot be trained again."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.events import IngredientsUsed
from gateway_sim.scenarios.sim.trace import Trace


def a_run_is_made_of_one_snapshot_and_one_image(trace: Trace) -> Iterator[Violation]:
    """A run is made of one snapshot and one image, however often it was started again."""
    first = None
    for entry in trace.of(IngredientsUsed):
        event = entry.event
        first = first or event
        for part in ("snapshot", "image"):
            was, now = getattr(first, part), getattr(event, part)
            if now != was:
                yield Violation.of(f"attempt {event.attempt} trains on {part} {now}, the first trained on {was}", entry)
