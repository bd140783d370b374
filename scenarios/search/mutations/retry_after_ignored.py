"""An exactly-once that waits by its own backoff, whatever an answer told."""

from gateway_sim.client.retry_policies.exactly_once import ExactlyOnce
from gateway_sim.client.sdk.retry_loops import After
from gateway_sim.scenarios.search.mutations import Guard, returning

part = "client policy exactly-once"
guards = [Guard("overloaded-gateway", "exactly-once", "not-found", "retry after is heeded")]
break_it = returning(ExactlyOnce, "told", After(0.0, 0.0))
