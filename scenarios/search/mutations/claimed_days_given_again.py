"""A lock that gives the day of a backfill to another run while the first one computes it."""

from typing import Any

from gateway_sim.control_plane.data.locks import LeasedLock
from gateway_sim.control_plane.named_items import Item
from gateway_sim.scenarios.search.mutations import StoryGuard, replacing

part = "data"
guards = [
    StoryGuard("manual-backfill", "no day is computed by two runs at once", settings={"days": "8", "watch_s": "14400"})
]


@replacing(LeasedLock, "_held")
def break_it(held: Any, lock: LeasedLock, item: Item, now_s: float) -> bool:
    """Take every lease for one that has ended."""
    found: bool = held(lock, item, float("inf"))
    return found
