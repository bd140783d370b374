"""A gateway that reads only the state of a route, and not the mark of a draining pod."""

from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from gateway_sim.scenarios.search.mutations import Guard, Put

part = "gateway policy leased-generation"
guards = [Guard("draining-pod", "exactly-once", "leased-generation", "a draining pod takes no new run")]


def break_it(put: Put) -> None:
    """Send new runs wherever the route is READY."""
    put(LeasedGeneration, "spares_draining", False)
