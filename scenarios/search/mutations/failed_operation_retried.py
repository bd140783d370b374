"""A client that retries a failed operation for ever."""

from gateway_sim.client.retry_policies import After
from gateway_sim.client.retry_policies.plain import Plain
from gateway_sim.scenarios.search.mutations import Guard, returning

part = "client policy plain"
guards = [Guard("trainer-broken", "plain", "not-found", "a broken trainer is not masked", {"horizon_s": "60"})]
break_it = returning(Plain, "on_failure", After(1.0, 1.0))
