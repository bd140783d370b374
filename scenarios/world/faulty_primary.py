"""The route table's primary; faults can block its strong reads in several ways at once.

See docs/reference/findings.md §3.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from gateway_sim.primary import Primary, StrongReadUnavailable
from gateway_sim.route_table import Route, RouteKey
from gateway_sim.scenarios.sim.events import StrongReadFailed
from gateway_sim.scenarios.world.fault import Undo

REASONS: Final = {
    "index": "the lookup goes through a global secondary index, which refuses strong reads",
    "global-replica": "the table is another region's replica, where a strong read may miss a write of this one",
    "dax": "a cache stands in front of the table, and what it does not hold is no proof",
    "partition": "the table's primary cannot be reached",
}
"""The reason why a strong read fails, by the way in which it is blocked."""

_REFUSED: Final = frozenset({"index", "partition"})
"""The ways in which the read is refused; in the others only a miss proves nothing, a READY route is valid."""


class FaultyPrimary:
    """A `Primary` that reads the table while no fault blocks it."""

    def __init__(self, primary: Primary, emit: Callable[[object], None]) -> None:
        self._primary = primary
        self._emit = emit
        self._ways: list[str] = []

    def block(self, way: str) -> Undo:
        """Block strong reads in a way of `REASONS`; the undo removes this block only."""
        self._ways.append(way)
        return lambda: self._ways.remove(way)

    @property
    def refused(self) -> str | None:
        """The newest way in which strong reads are refused now; None if they are answered."""
        return next((way for way in reversed(self._ways) if way in _REFUSED), None)

    @property
    def ways(self) -> Sequence[str]:
        """The ways in which strong reads are blocked now."""
        return tuple(self._ways)

    async def strong_read(self, key: RouteKey) -> Route | None:
        """Return the current route; if blocked, only a READY one. Raises `StrongReadUnavailable` otherwise."""
        ways, refused = self.ways, self.refused
        if refused:
            await asyncio.sleep(0)
        else:
            route = await self._primary.strong_read(key)
            if not ways or (route is not None and route.state == "READY"):
                return route
        raise StrongReadUnavailable(self.failed(refused or ways[0]))

    def failed(self, way: str) -> str:
        """Report that a strong read was blocked in this way, and return the reason."""
        self._emit(StrongReadFailed(REASONS[way]))
        return REASONS[way]
