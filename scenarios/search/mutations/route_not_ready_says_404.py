"""A route-not-ready that answers 404 in the same words."""

import dataclasses
from typing import Any

from gateway_sim.miss_policies import Miss, Refuse
from gateway_sim.miss_policies.route_not_ready import RouteNotReady
from gateway_sim.scenarios.search.mutations import TUNED, Guard, Original, replacing

part = "gateway policy route-not-ready"
guards = [
    Guard("fresh-route", "plain", "route-not-ready", "the run finishes", TUNED),
    Guard("poll-404", "plain", "route-not-ready", "the run finishes", TUNED),
]


@replacing(RouteNotReady, "on_miss")
def break_it(on_miss: Original, self: RouteNotReady, miss: Miss) -> Any:
    """Change the status alone."""
    answer = on_miss(self, miss)
    return dataclasses.replace(answer, status=404) if isinstance(answer, Refuse) else answer
