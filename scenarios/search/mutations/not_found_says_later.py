"""A not-found that answers each miss with 503."""

from gateway_sim.miss_policies.later import not_yet
from gateway_sim.miss_policies.not_found import NotFound
from gateway_sim.scenarios.search.mutations import Guard, returning

part = "gateway policy not-found"
guards = [Guard("job-deleted", "plain", "not-found", "a gone job fails fast")]
break_it = returning(NotFound, "on_miss", not_yet("not found", 1.0))
