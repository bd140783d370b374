"""A gateway that sends nothing at all to a draining pod, neither new runs nor the calls of those that it has."""

from gateway_sim import decide, finder
from gateway_sim.decide import Forward
from gateway_sim.route_table import Route
from gateway_sim.scenarios.search.mutations import Guard, Put

part = "gateway"
guards = [Guard("draining-pod", "plain", "leased-generation", "the run finishes")]


def break_it(put: Put) -> None:
    """Spare a draining pod every request."""
    original = decide.forward

    def spare(route: Route | None, at_least: int = 0, spared: bool = False) -> Forward | None:
        return original(route, at_least, True)

    put(decide, "forward", spare)
    put(finder, "forward", spare)
