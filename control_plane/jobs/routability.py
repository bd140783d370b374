"""RUNNING is the pod's word; ROUTABLE is the gateway's: every replica has acknowledged the generation.

Knative's prober asks each gateway pod for the hash of its configuration before a route is Ready (FINDINGS §3); here
each replica is asked for the generation that it sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from gateway_sim.route_table import RouteKey

ASK_EVERY_S: Final = 0.25
"""How often replicas that are behind are asked again."""


class Acknowledgements(Protocol):
    """Asks the gateway's replicas what they see."""

    async def behind(self, key: RouteKey, generation: int) -> Sequence[str]:
        """Return the names of the replicas that do not see the route READY at this generation or a later one yet."""
        ...
