"""A gateway that is down for a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from scenarios.world.fault import Undo

if TYPE_CHECKING:
    from scenarios.world.builder import World


@dataclass(frozen=True)
class GatewayRestart:
    """The gateway restarts: what is under way is reset and new connections are refused; its replicas forget nothing.

    Where control plane and gateway share a host, that host restarts.
    """

    for_s: float
    name: ClassVar[str] = "gateway-restart"

    def begin(self, world: World) -> Undo:
        """Close every address of the gateway."""
        reopens = [world.engine.refuse(address) for address in world.gateway_fronts]

        def undo() -> None:
            for reopen in reopens:
                reopen()

        return undo
