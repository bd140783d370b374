"""A failing world, shrunk: fewer faults, clients, steps and replicas, rounder numbers, the same broken promise.

Hypothesis shrinks its own draws. These worlds are drawn from seeds, so that any process draws the same ones, and are
plain values: a smaller world of one of `WAYS` replaces the larger one if it still breaks the promise.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.search.explore.execute import play_world
from gateway_sim.scenarios.search.explore.generated_case import GeneratedCase
from gateway_sim.scenarios.search.explore.search_config import SearchConfig
from gateway_sim.scenarios.search.explore.shrinkers import WAYS, Way, smaller

MOST_PLAYS: Final = 600
"""Worlds played for one shrinking at most; a world of ten faults needs about a hundred."""

Note = Callable[[int], None]
"""Called with the number of worlds played so far."""


@dataclass(frozen=True)
class Shrunk:
    """The smallest world found, its result, the promise it breaks, and how many worlds were played to find it."""

    world: GeneratedCase
    result: RaceResult
    promise: str
    plays: int


def shrink(search: SearchConfig, world: GeneratedCase, note: Note = lambda plays: None) -> Shrunk | None:
    """Return the smallest world found that breaks the promise which `world` breaks first; None if it breaks none."""
    result = play_world(search, world)
    if result.verdict != "broken":
        return None
    best = Shrunk(world, result, result.violations[0].promise, 1)
    before = None
    while best.world != before and best.plays < MOST_PLAYS:
        before = best.world
        for way in WAYS:
            best = _shrunk(way, search, best, note)
    return best


def _shrunk(way: Way, search: SearchConfig, best: Shrunk, note: Note) -> Shrunk:
    """Shrink in one way until no smaller world breaks the promise."""
    plays, going = best.plays, True
    while going and plays < MOST_PLAYS:
        going = False
        for world in smaller(way, best.world):
            plays += 1
            note(plays)
            result = play_world(search, world)
            if result.verdict == "broken" and any(broken.promise == best.promise for broken in result.violations):
                best, going = replace(best, world=world, result=result), True
                break
    return replace(best, plays=plays)
