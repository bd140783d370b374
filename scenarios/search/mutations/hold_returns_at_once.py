"""A hold that sends everybody away at once."""

from __future__ import annotations

from gateway_sim.legs import Leg
from gateway_sim.miss_policies import hold
from scenarios.search.mutations import Guard, Put

part = "gateway policy hold"
guards = [Guard("poll-storm", "plain", "hold", "no busy polling")]


def break_it(put: Put) -> None:
    """Hold nothing."""

    def not_at_all(leg: Leg, longest_s: float) -> float:
        return 0.0

    put(hold, "hold_s", not_at_all)
