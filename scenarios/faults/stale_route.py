"""Gateway replicas that lose sight of a route which stands."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gateway_sim.replicas import Partitioned
from scenarios.sim.errors import SettingsRefused
from scenarios.world.fault import Undo

if TYPE_CHECKING:
    from scenarios.world.builder import World


@dataclass(frozen=True)
class StaleRoute:
    """Gateway replicas, all or some, see the route table as it was before the job: a restart on an old snapshot."""

    name: ClassVar[str] = "stale-route"
    for_s: float | None
    replicas: tuple[int, ...] | None = None
    """Which, by their numbers; None: all."""

    def begin(self, world: World) -> Undo:
        """Hide what was written since the world began. Raises `SettingsRefused` for a replica that does not exist."""
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
