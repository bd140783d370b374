"""A restart of the gateway, or of one of its replicas."""

from dataclasses import dataclass
from typing import ClassVar

from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.wire_events import ReplicaRestarted
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


@dataclass(frozen=True)
class ReplicaRestart:
    """One replica of the gateway restarts: connections pinned to it are reset, and the others serve meanwhile.

    A balancer that picks for each request takes the replica out first, and no client notices.
    """

    for_s: float
    replica: int = 0
    """The number of the replica."""
    name: ClassVar[str] = "replica-restart"

    def begin(self, world: World) -> Undo:
        """Take the replica away. Raises `SettingsRefused` if there is none of this number, or no other."""
        if world.instances:
            raise SettingsRefused(f"{self.name} is for this project's gateway; use gateway-instance-down")
        if len(world.replicas) < 2:
            raise SettingsRefused(f"{self.name} needs two replicas; gateway-restart restarts the only one")
        if not 0 <= self.replica < len(world.replicas):
            raise SettingsRefused(f"replica is {self.replica}; the world has 0 to {len(world.replicas) - 1}")
        world.emit(ReplicaRestarted(world.replicas[self.replica].name))
        return world.up_replicas.restart(self.replica)
