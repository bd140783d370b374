"""A route-not-ready that answers a poll at once, whatever `hold_poll_s` says."""

import dataclasses
from typing import Any

from gateway_sim.miss_policies import Miss
from gateway_sim.miss_policies.route_not_ready import RouteNotReady
from gateway_sim.scenarios.search.mutations import TUNED, Guard, Original, replacing

part = "gateway policy route-not-ready"
guards = [Guard("poll-storm", "plain", "route-not-ready", "no busy polling", TUNED)]


@replacing(RouteNotReady, "on_miss")
def break_it(on_miss: Original, self: RouteNotReady, miss: Miss) -> Any:
    """Forget the hold."""
    return on_miss(dataclasses.replace(self, hold_poll_s=None), miss)
