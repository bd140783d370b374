"""A gateway replica whose clock differs from the control plane's."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.lease_events import ClockSet
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.fault import Undo


@dataclass(frozen=True)
class ClockSkew:
    """The clock of one gateway replica is ahead of the control plane's, or behind; it judges leases by that clock."""

    name: ClassVar[str] = "clock-skew"
    for_s: float | None
    ahead_s: float = 60.0
    """How far the clock is ahead; negative: behind."""
    replica: int = 0
    """The number of the replica."""

    def begin(self, world: World) -> Undo:
        """Set the clock; skews of one replica add up. Raises `SettingsRefused` where nothing judges a lease by it."""
        if world.instances:
            raise SettingsRefused(
                f"{self.name} is for this project's gateway, whose clocks the laboratory sets; it cannot set yours"
            )
        if not world.settings.lease_s:
            raise SettingsRefused(f"{self.name} has no effect without a lease; set lease_s")
        if not 0 <= self.replica < len(world.replicas):
            raise SettingsRefused(f"replica is {self.replica}; the world has 0 to {len(world.replicas) - 1}")
        replica, loop = world.replicas[self.replica], asyncio.get_running_loop()

        def shift(by_s: float) -> None:
            replica.clock.shift(by_s, loop.time())
            world.emit(ClockSet(replica.name, replica.clock.ahead_s))

        shift(self.ahead_s)
        return lambda: shift(-self.ahead_s)
