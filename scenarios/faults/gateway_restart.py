"""A gateway that is not there for a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from scenarios.world.builder import World


@dataclass(frozen=True)
class GatewayRestart:
    """The gateway restarts: what is under way is reset and new connections are refused; its replicas forget nothing.

    Where control plane and gateway share a host, that host restarts.
    """

    for_s: float
    name: ClassVar[str] = "gateway-restart"

    def begin(self, world: World) -> None:
        """Go away, to be back by itself."""
        for address in world.gateway_fronts:
            world.engine.refuse(address, self.for_s)

    def end(self, world: World) -> None:
        """The gateway is back already."""
