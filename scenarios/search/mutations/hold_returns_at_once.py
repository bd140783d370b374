"""A hold that refuses each call at once."""

from gateway_sim.legs import Leg
from gateway_sim.miss_policies import hold
from scenarios.search.mutations import Guard, Whole, replacing

part = "gateway policy hold"
guards = [Guard("poll-storm", "plain", "hold", "no busy polling")]


@replacing(hold, "hold_s")
def break_it(_: Whole, leg: Leg, longest_s: float) -> float:
    """Hold nothing."""
    return 0.0
