"""A restart of the gateway."""

from dataclasses import dataclass
from typing import ClassVar

from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.fault import Undo


@dataclass(frozen=True)
class GatewayRestart:
    """The gateway restarts: open requests are reset and new connections refused; its replicas keep their state.

    Where control plane and gateway share a host, both restart.
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
