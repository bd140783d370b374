"""What a view of a route means for a request. Pure: (route seen, generation asked for) -> Forward | Miss | Stale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from gateway_sim.route_table import Route


class Forward(NamedTuple):
    """Send it to the pod at `address`, as of `generation`. A tuple, for every request makes one."""

    address: str
    generation: int


@dataclass(frozen=True)
class Miss:
    """No route is seen."""


@dataclass(frozen=True)
class Stale:
    """What is seen cannot serve: a tombstone, a pod not up yet, or an older generation than asked for."""

    route: Route


def decide(route: Route | None, at_least: int = 0) -> Forward | Miss | Stale:
    """Decide on a request that needs generation `at_least` or newer (0: any).

    | seen                          | then    |
    | ----------------------------- | ------- |
    | nothing                       | Miss    |
    | a tombstone                   | Stale   |
    | PENDING, its pod on the way   | Stale   |
    | READY, older than asked for   | Stale   |
    | READY                         | Forward |
    """
    if route is None:
        return Miss()
    if route.state != "READY" or route.generation < at_least:
        return Stale(route)
    return Forward(route.address, route.generation)
