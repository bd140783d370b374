"""A slow worker can be detected after a few steps; it slows every step until it is replaced."""

from collections import defaultdict
from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.events import StepSynchronized, StragglersWatched
from gateway_sim.scenarios.sim.trace import Entry, Trace


def a_straggler_slows_no_more_steps_than_it_takes_to_see_it(trace: Trace) -> Iterator[Violation]:
    """A straggler slows no more steps than it takes to see it: then another worker replaces it."""
    watched = next(trace.of(StragglersWatched)).event
    for worker, steps in slowed_by(trace).items():
        if len(steps) > watched.steps:
            yield Violation(
                f"worker {worker} slowed {len(steps)} steps; {watched.steps} are enough to detect it",
                steps[watched.steps].at_s,
                tuple(steps[: watched.steps + 1]),
            )


def slowed_by(trace: Trace) -> dict[int, list[Entry]]:
    """Return the steps that each worker made longer by the watched factor."""
    factor = next(trace.of(StragglersWatched)).event.factor
    slowed: dict[int, list[Entry]] = defaultdict(list)
    for entry in trace.of(StepSynchronized):
        if entry.event.took_s >= factor * entry.event.others_s:
            slowed[entry.event.slowest].append(entry)
    return slowed
