"""An exactly-once that does not say which generation of the route its requests are for."""

from gateway_sim.client.exactly_once import calls
from gateway_sim.scenarios.search.mutations import Guard, returning

part = "client policy exactly-once"
guards = [Guard("reused-address", "exactly-once", "not-found", "no pod refuses a job twice")]
break_it = returning(calls, "generation_header", {})
