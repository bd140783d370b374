"""A tell-gone-from-stale that answers a poll without holding it first."""

from gateway_sim.miss_policies import tell_gone_from_stale
from gateway_sim.scenarios.search.mutations import Guard, returning

part = "gateway policy tell-gone-from-stale"
guards = [Guard("poll-storm", "plain", "tell-gone-from-stale", "no busy polling")]
break_it = returning(tell_gone_from_stale, "hold_s", 0.0)
