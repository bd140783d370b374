"""A limit that is read before it is taken, so that two replicas take the last place."""

from gateway_sim.control_plane.scheduling.concurrency import ConcurrencyLimit
from gateway_sim.scenarios.search.mutations import StoryGuard, replacing

part = "scheduling"
guards = [StoryGuard("backfill-starvation", "no limit is exceeded")]


@replacing(ConcurrencyLimit, "take")
def break_it(take: object, limit: ConcurrencyLimit) -> bool:
    """Take a place without a condition."""
    limit.take_unasked()
    return True
