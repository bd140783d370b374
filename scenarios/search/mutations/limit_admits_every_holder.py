"""A limit that admits every holder that asks."""

from gateway_sim.control_plane.scheduling.concurrency import ConcurrencyLimit
from gateway_sim.scenarios.search.mutations import StoryGuard, replacing

part = "scheduling"
guards = [StoryGuard("backfill-starvation", "no limit is exceeded")]


@replacing(ConcurrencyLimit, "take")
def break_it(take: object, limit: ConcurrencyLimit, holder: str = "", now_s: float = 0.0) -> bool:
    """Take a place without a condition."""
    limit.take_unasked()
    return True
