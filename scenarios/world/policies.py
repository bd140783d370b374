"""The policies of clients and gateways by name, and the other fixed choices of a run."""

from typing import Any, Final

from gateway_sim.scenarios.sim import registry
from gateway_sim.scenarios.sim.plugins import KINDS

CLIENT_POLICIES: Final = KINDS["client_policies"]
GATEWAY_POLICIES: Final = KINDS["gateway_policies"]
BALANCES: Final = ("per-connection", "per-request")
ENGINES: Final = ("virtual", "live")
DRIVERS: Final = ("client", "sdk")


def client_policies() -> dict[str, type[Any]]:
    """Return the client's retry policies by name."""
    return registry.classes(CLIENT_POLICIES)


def gateway_policies() -> dict[str, type[Any]]:
    """Return the gateway's miss policies by name."""
    return registry.classes(GATEWAY_POLICIES)
