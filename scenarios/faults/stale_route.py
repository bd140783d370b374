"""Gateway replicas that no longer see a valid route."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from gateway_sim.replicas import Partitioned
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.fault import Undo


@dataclass(frozen=True)
class StaleRoute:
    """All or some gateway replicas see the route table as before the job, as after a restart from an old snapshot."""

    name: ClassVar[str] = "stale-route"
    for_s: float | None
    replicas: tuple[int, ...] | None = None
    """The numbers of the stale replicas; None: all."""

    def begin(self, world: World) -> Undo:
        """Hide all writes since the world began. Raises `SettingsRefused` for a replica that does not exist."""
        known = range(len(world.replicas))
        if self.replicas is not None and (not self.replicas or not set(self.replicas) <= set(known)):
            raise SettingsRefused(f"replicas is {list(self.replicas)}; the world has {known[0]} to {known[-1]}")
        stale = [r for n, r in enumerate(world.replicas) if self.replicas is None or n in self.replicas]
        cut, loop = Partitioned(since_s=world.began_s), asyncio.get_running_loop()
        for replica in stale:
            replica.cut(cut, loop.time())

        def undo() -> None:
            for replica in stale:
                replica.mend(cut, loop.time())

        return undo
