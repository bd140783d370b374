"""A not-found that answers each miss with 503."""

from gateway_sim.miss_policies import Miss, Refuse
from gateway_sim.miss_policies.later import not_yet
from gateway_sim.miss_policies.not_found import NotFound
from scenarios.search.mutations import Guard, Whole, replacing

part = "gateway policy not-found"
guards = [Guard("job-deleted", "plain", "not-found", "a gone job fails fast")]


@replacing(NotFound, "on_miss")
def break_it(_: Whole, self: NotFound, miss: Miss) -> Refuse:
    """Promise a route that will not come."""
    return not_yet("not found", 1.0)
