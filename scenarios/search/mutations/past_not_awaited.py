"""A pipeline whose runs do not wait for the run before them."""

from gateway_sim.control_plane.scheduling.chains import Chain
from gateway_sim.scenarios.search.mutations import StoryGuard, returning

part = "scheduling"
guards = [StoryGuard("cleared-run", "no task begins before its past")]
break_it = returning(Chain, "past_is_done", True)
