"""Gateway replicas that lose sight of a route which stands."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gateway_sim.replicas import Partitioned, Replica
from scenarios.sim.errors import SettingsRefused

if TYPE_CHECKING:
    from scenarios.world.builder import World


@dataclass(frozen=True)
class StaleRoute:
    """Gateway replicas, all or some, see the route table as it was before the job: a restart on an old snapshot."""

    name: ClassVar[str] = "stale-route"
    for_s: float | None
    replicas: tuple[int, ...] | None = None
    """Which, by their numbers; None: all."""

    def begin(self, world: World) -> None:
        """Hide what was written since the world began. Raises `SettingsRefused` for replicas that are not there."""
        there = range(len(world.replicas))
        if self.replicas is not None and (not self.replicas or not set(self.replicas) <= set(there)):
            raise SettingsRefused(f"replicas is {list(self.replicas)}; the world has {there[0]} to {there[-1]}")
        for replica in self._struck(world):
            replica.cut(Partitioned(since_s=world.began_s), asyncio.get_running_loop().time())

    def end(self, world: World) -> None:
        """Give the replicas their own views back."""
        for replica in self._struck(world):
            replica.mend(Partitioned(since_s=world.began_s), asyncio.get_running_loop().time())

    def _struck(self, world: World) -> list[Replica]:
        return [r for n, r in enumerate(world.replicas) if self.replicas is None or n in self.replicas]
