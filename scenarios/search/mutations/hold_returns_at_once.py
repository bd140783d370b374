"""A hold that refuses each call at once."""

from gateway_sim.miss_policies import hold
from gateway_sim.scenarios.search.mutations import Guard, returning

part = "gateway policy hold"
guards = [Guard("poll-storm", "plain", "hold", "no busy polling")]
break_it = returning(hold, "hold_s", 0.0)
