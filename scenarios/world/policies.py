"""The policies of clients and gateways by name, and the other fixed choices of a run."""

import functools
from typing import Any, Final

from gateway_sim.scenarios.sim import registry

BALANCES: Final = ("per-connection", "per-request")
ENGINES: Final = ("virtual", "live")
DRIVERS: Final = ("client", "sdk")


@functools.cache
def client_policies() -> dict[str, type[Any]]:
    """Return the client's retry policies by name."""
    return registry.classes("gateway_sim.client.retry_policies")


@functools.cache
def gateway_policies() -> dict[str, type[Any]]:
    """Return the gateway's miss policies by name."""
    return registry.classes("gateway_sim.miss_policies")
