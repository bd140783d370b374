"""A limit that keeps the place of a holder that died."""

from gateway_sim.control_plane.scheduling.concurrency import ConcurrencyLimit
from gateway_sim.scenarios.search.mutations import StoryGuard, returning

part = "scheduling"
guards = [StoryGuard("dead-holder", "a dead holders place comes back")]
break_it = returning(ConcurrencyLimit, "reap", [])
