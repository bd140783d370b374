"""A route-not-ready that answers a poll at once, whatever `hold_poll_s` says."""

from __future__ import annotations

import dataclasses

from gateway_sim.miss_policies import Miss, Refuse, Wait
from gateway_sim.miss_policies.route_not_ready import RouteNotReady
from scenarios.search.mutations import TUNED, Guard, Put

part = "gateway policy route-not-ready"
guards = [Guard("poll-storm", "plain", "route-not-ready", "no busy polling", TUNED)]


def break_it(put: Put) -> None:
    """Forget the hold."""
    on_miss = RouteNotReady.on_miss

    def at_once(self: RouteNotReady, miss: Miss) -> Wait | Refuse:
        return on_miss(dataclasses.replace(self, hold_poll_s=None), miss)

    put(RouteNotReady, "on_miss", at_once)
