"""A route-not-ready that answers 404 in the same words."""

from __future__ import annotations

import dataclasses

from gateway_sim.miss_policies import Miss, Refuse, Wait
from gateway_sim.miss_policies.route_not_ready import RouteNotReady
from scenarios.search.mutations import TUNED, Guard, Put

part = "gateway policy route-not-ready"
guards = [
    Guard("fresh-route", "plain", "route-not-ready", "the run finishes", TUNED),
    Guard("poll-404", "plain", "route-not-ready", "the run finishes", TUNED),
]


def break_it(put: Put) -> None:
    """Change the status alone."""
    on_miss = RouteNotReady.on_miss

    def with_404(self: RouteNotReady, miss: Miss) -> Wait | Refuse:
        answer = on_miss(self, miss)
        return dataclasses.replace(answer, status=404) if isinstance(answer, Refuse) else answer

    put(RouteNotReady, "on_miss", with_404)
