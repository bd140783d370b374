"""An exactly-once that does not probe every replica: one success ends its warm-up."""

from gateway_sim.client.exactly_once import calls
from gateway_sim.scenarios.search.mutations import Guard, returning

part = "client policy exactly-once"
guards = [Guard("false-readiness", "exactly-once", "not-found", "ready means routable")]
break_it = returning(calls, "warm_replicas", True)
