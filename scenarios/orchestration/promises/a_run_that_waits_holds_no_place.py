"""A run that holds a place while it waits for an earlier run can keep that one from beginning: neither ever ends."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import (
    PastAwaited,
    PipelineWatched,
    PlaceLeft,
    PlaceTaken,
    TaskBegan,
    TaskEnded,
)
from gateway_sim.scenarios.sim.trace import Entry, Trace


def a_run_that_waits_holds_no_place(trace: Trace) -> Iterator[Violation]:
    """A run that waits holds no place: it takes none before its past is done, and gives its own back."""
    for waits, held_s in held_for_nothing(trace):
        event = waits.event
        yield Violation.of(
            f"{event.run} of {event.pipeline} held a place for {held_s / 3600:.2f} h and waited for the run before it",
            waits,
        )


def held_for_nothing(trace: Trace) -> Iterator[tuple[Entry, float]]:
    """Yield each wait of a run with a place, and the seconds from its last work, or its start, to its next or its end.

    So a run that takes a place, starts and only then sees that it has to wait has held it from the beginning.
    """
    since_s: dict[tuple[str, str], float] = {}
    waits: dict[tuple[str, str], tuple[Entry, float]] = {}
    for entry in trace.of(PlaceTaken, PastAwaited, TaskBegan, TaskEnded, PlaceLeft, PipelineWatched):
        event = entry.event
        if isinstance(event, PipelineWatched):
            ended = [key for key in waits if key[0] == event.pipeline]
        else:
            key = event.pipeline, event.run
            ended = [key] if key in waits and isinstance(event, TaskBegan | PlaceLeft) else []
            if isinstance(event, PlaceTaken):
                since_s.setdefault(key, entry.at_s)
            elif isinstance(event, PlaceLeft):
                since_s.pop(key, None)
            elif isinstance(event, TaskEnded) and key in since_s:
                since_s[key] = entry.at_s
            elif isinstance(event, PastAwaited) and key in since_s:
                waits.setdefault(key, (entry, since_s[key]))
        for key in ended:
            wait, from_s = waits.pop(key)
            if entry.at_s > from_s:
                yield wait, entry.at_s - from_s
