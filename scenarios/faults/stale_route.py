"""Gateway replicas that lose sight of a route which stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from gateway_sim.replicas import Partitioned

if TYPE_CHECKING:
    from scenarios.world.build import World


@dataclass(frozen=True)
class StaleRoute:
    """Every gateway replica sees the route table as it was before the job: a restart on an old snapshot."""

    name: ClassVar[str] = "stale-route"
    for_s: float | None

    def begin(self, world: World) -> None:
        """Hide what was written since the world's beginning from every replica."""
        for replica in world.replicas:
            replica.cuts.append(Partitioned(since_s=world.began_s))

    def end(self, world: World) -> None:
        """Give every replica its own view back."""
        for replica in world.replicas:
            replica.cuts.remove(Partitioned(since_s=world.began_s))
