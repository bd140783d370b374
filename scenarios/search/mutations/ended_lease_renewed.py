"""A limit that confirms the renewal of a lease whose place it has freed."""

from gateway_sim.control_plane.scheduling.concurrency import ConcurrencyLimit
from gateway_sim.scenarios.search.mutations import StoryGuard, returning

part = "scheduling"
guards = [StoryGuard("dead-holder", "no more runs compute than a limit allows")]
break_it = returning(ConcurrencyLimit, "renew", True)
