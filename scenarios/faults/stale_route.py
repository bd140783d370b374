"""Gateway replicas that lose sight of a route which stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from gateway_sim.replicas import Partitioned, View

if TYPE_CHECKING:
    from scenarios.world.build import World


@dataclass(frozen=True)
class StaleRoute:
    """Every gateway replica sees the route table as it was before the job: a restart on an old snapshot."""

    name: ClassVar[str] = "stale-route"
    for_s: float | None
    _before: list[View] = field(default_factory=list, repr=False, compare=False)

    def begin(self, world: World) -> None:
        """Turn every replica's view back to the world's beginning."""
        self._before[:] = [replica.view for replica in world.replicas]
        for replica in world.replicas:
            replica.view = Partitioned(since_s=world.began_s)

    def end(self, world: World) -> None:
        """Give every replica its own view back."""
        for replica, view in zip(world.replicas, self._before, strict=True):
            replica.view = view
