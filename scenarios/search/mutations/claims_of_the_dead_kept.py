"""A lock in which the claim of a run lasts for ever, even if the run is dead."""

from typing import Any

from gateway_sim.control_plane.data.locks import LeasedLock
from gateway_sim.control_plane.named_items import Item
from gateway_sim.scenarios.search.mutations import StoryGuard, replacing

part = "data"
guards = [StoryGuard("manual-backfill", "no partition is lost", settings={"days": "8", "watch_s": "21600"})]


@replacing(LeasedLock, "_held")
def break_it(held: Any, lock: LeasedLock, item: Item, now_s: float) -> bool:
    """Take no lease for one that has ended."""
    found: bool = held(lock, item, float("-inf"))
    return found
