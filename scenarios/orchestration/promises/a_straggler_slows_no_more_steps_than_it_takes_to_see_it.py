"""A slow worker is a fact after a few steps, and a cost after all of them."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.judge.promises import Violation
from scenarios.orchestration.workloads.step_events import StepSynchronized, StragglersWatched
from scenarios.sim.trace import Entry, Trace


def a_straggler_slows_no_more_steps_than_it_takes_to_see_it(trace: Trace) -> Iterator[Violation]:
    """A straggler slows no more steps than it takes to see it: then somebody else has its place."""
    watched = next(trace.of(StragglersWatched)).event
    slow = _slow(trace)
    if len(slow) > watched.steps:
        worker = slow[-1].event.slowest
        yield Violation(
            f"worker {worker} slowed {len(slow)} steps; {watched.steps} are enough to see it",
            slow[watched.steps].at_s,
            tuple(slow[: watched.steps + 1]),
        )


def slowed_steps(trace: Trace) -> int:
    """Return how many steps waited for a straggler: longer, by the factor that is watched, than all others took."""
    return len(_slow(trace))


def _slow(trace: Trace) -> list[Entry]:
    factor = next(trace.of(StragglersWatched)).event.factor
    return [e for e in trace.of(StepSynchronized) if e.event.took_s >= factor * e.event.others_s]
