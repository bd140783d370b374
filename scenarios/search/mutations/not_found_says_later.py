"""A not-found that answers 503 to whatever it does not see."""

from __future__ import annotations

from gateway_sim.miss_policies import Miss, Refuse
from gateway_sim.miss_policies.later import not_yet
from gateway_sim.miss_policies.not_found import NotFound
from scenarios.search.mutations import Guard, Put

part = "gateway policy not-found"
guards = [Guard("job-deleted", "plain", "not-found", "a gone job fails fast")]


def break_it(put: Put) -> None:
    """Promise a route that will not come."""

    def later(self: NotFound, miss: Miss) -> Refuse:
        return not_yet("not found", 1.0)

    put(NotFound, "on_miss", later)
