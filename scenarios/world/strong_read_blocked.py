"""What stands between a gateway and a strongly consistent read of the route table (FINDINGS §3)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from gateway_sim.primary import Primary, StrongReadUnavailable
from gateway_sim.route_table import Route, RouteKey
from scenarios.sim.events import StrongReadFailed

if TYPE_CHECKING:
    from scenarios.world.builder import World

WHYS = {
    "index": "the lookup goes through a global secondary index, which refuses strong reads",
    "global-replica": "the table is another region's replica, where a strong read may miss a write of this one",
    "dax": "a cache stands in front of the table, and what it does not hold is no proof",
    "partition": "the table's primary cannot be reached",
}


class StrongReadBlocked:
    """A primary whose answers prove what is there, and nothing about what is not; a partition answers nothing."""

    def __init__(self, primary: Primary, way: str, emit: Callable[[object], None]) -> None:
        self.primary = primary
        self._way = way
        self._emit = emit

    async def strong_read(self, key: RouteKey) -> Route | None:
        """Return a READY route where the way lets one through; raises `StrongReadUnavailable` otherwise."""
        if self._way in ("global-replica", "dax"):
            route = await self.primary.strong_read(key)
            if route is not None and route.state == "READY":
                return route
        else:
            await asyncio.sleep(0)
        self._emit(StrongReadFailed(WHYS[self._way]))
        raise StrongReadUnavailable(WHYS[self._way])


@dataclass(frozen=True)
class NoStrongRead:
    """A fault in the way to the primary, perhaps one behind another; `way` is one of `WHYS`."""

    name: ClassVar[str]
    way: ClassVar[str]
    for_s: float | None = None
    _obstacles: list[StrongReadBlocked] = field(default_factory=list, init=False, repr=False, compare=False)

    def begin(self, world: World) -> None:
        """Put the obstacle in the way."""
        finder = world.gateway.finder
        assert finder.primary is not None
        finder.primary = StrongReadBlocked(finder.primary, self.way, world.emit)
        self._obstacles.append(finder.primary)

    def end(self, world: World) -> None:
        """Take the obstacle out of the way, and leave the others in it."""
        own, finder = self._obstacles.pop(), world.gateway.finder
        if finder.primary is own:
            finder.primary = own.primary
            return
        nearer = finder.primary
        while isinstance(nearer, StrongReadBlocked) and nearer.primary is not own:
            nearer = nearer.primary
        assert isinstance(nearer, StrongReadBlocked), "an obstacle stands in the way until its fault ends"
        nearer.primary = own.primary
