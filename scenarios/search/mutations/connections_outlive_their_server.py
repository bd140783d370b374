"""A network that keeps idle connections open when the server at their end has restarted."""

from gateway_sim.scenarios.engines.virtual.addresses import Addresses
from gateway_sim.scenarios.search.mutations import Guard, returning

part = "network"
guards = [
    Guard("rolling-gateway-restart", "plain", "not-found", "a restarted gateway keeps no client pinned"),
]
break_it = returning(Addresses, "has_ended", False)
