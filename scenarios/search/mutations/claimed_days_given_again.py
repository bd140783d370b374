"""A backfill that gives a day to another run while the first one computes it."""

from collections.abc import Iterator
from typing import Any

from gateway_sim.control_plane.data.backfills import Backfill
from gateway_sim.scenarios.search.mutations import StoryGuard, replacing

part = "data"
guards = [
    StoryGuard("manual-backfill", "no day is computed by two runs at once", settings={"days": "8", "watch_s": "14400"})
]


@replacing(Backfill, "_open")
def break_it(opened: Any, backfill: Backfill, known: Any, now_s: float) -> Iterator[str]:
    """Take every claim for one that has ended."""
    found: Iterator[str] = opened(backfill, known, float("inf"))
    return found
