"""A slow worker can be detected after a few steps; it slows every step until it is replaced."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.events import StepSynchronized, StragglersWatched
from gateway_sim.scenarios.sim.trace import Entry, Trace


def a_straggler_slows_no_more_steps_than_it_takes_to_see_it(trace: Trace) -> Iterator[Violation]:
    """A straggler slows no more steps than it takes to see it: then another worker replaces it."""
    watched = next(trace.of(StragglersWatched)).event
    slow = _slow(trace)
    if len(slow) > watched.steps:
        worker = slow[-1].event.slowest
        yield Violation(
            f"worker {worker} slowed {len(slow)} steps; {watched.steps} are enough to detect it",
            slow[watched.steps].at_s,
            tuple(slow[: watched.steps + 1]),
        )


def slowed_steps(trace: Trace) -> int:
    """Return the number of steps that a straggler made longer by the watched factor."""
    return len(_slow(trace))


def _slow(trace: Trace) -> list[Entry]:
    factor = next(trace.of(StragglersWatched)).event.factor
    return [e for e in trace.of(StepSynchronized) if e.event.took_s >= factor * e.event.others_s]
