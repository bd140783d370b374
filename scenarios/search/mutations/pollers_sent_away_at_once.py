"""A tell-gone-from-stale that answers a poll without holding it first."""

from __future__ import annotations

from gateway_sim.legs import Leg
from gateway_sim.miss_policies import tell_gone_from_stale
from scenarios.search.mutations import Guard, Put

part = "gateway policy tell-gone-from-stale"
guards = [Guard("poll-storm", "plain", "tell-gone-from-stale", "no busy polling")]


def break_it(put: Put) -> None:
    """Hold nothing."""

    def not_at_all(leg: Leg, longest_s: float) -> float:
        return 0.0

    put(tell_gone_from_stale, "hold_s", not_at_all)
