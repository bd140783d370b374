"""A tell-gone-from-stale that answers a poll without holding it first."""

from gateway_sim.legs import Leg
from gateway_sim.miss_policies import tell_gone_from_stale
from scenarios.search.mutations import Guard, Whole, replacing

part = "gateway policy tell-gone-from-stale"
guards = [Guard("poll-storm", "plain", "tell-gone-from-stale", "no busy polling")]


@replacing(tell_gone_from_stale, "hold_s")
def break_it(_: Whole, leg: Leg, longest_s: float) -> float:
    """Hold nothing."""
    return 0.0
