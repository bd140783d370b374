"""The route table's primary, to which strong reads can be blocked in several ways at once.

See docs/reference/findings.md §3.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from gateway_sim.primary import Primary, StrongReadUnavailable
from gateway_sim.route_table import Route, RouteKey
from scenarios.sim.events import StrongReadFailed
from scenarios.world.fault import Undo

REASONS: Final = {
    "index": "the lookup goes through a global secondary index, which refuses strong reads",
    "global-replica": "the table is another region's replica, where a strong read may miss a write of this one",
    "dax": "a cache stands in front of the table, and what it does not hold is no proof",
    "partition": "the table's primary cannot be reached",
}
"""Why a strong read fails, by the way in which it is blocked."""

_REFUSED: Final = frozenset({"index", "partition"})
"""The ways in which nothing is read; in the others a READY route that is found is true, and only absence unproved."""


class FaultyPrimary:
    """A `Primary` that answers as the table does while nothing blocks it."""

    def __init__(self, primary: Primary, emit: Callable[[object], None]) -> None:
        self._primary = primary
        self._emit = emit
        self._ways: list[str] = []

    def block(self, way: str) -> Undo:
        """Block strong reads in a way of `REASONS`; the undo takes this block away and leaves all others."""
        self._ways.append(way)
        return lambda: self._ways.remove(way)

    async def strong_read(self, key: RouteKey) -> Route | None:
        """Return the route as it stands; blocked, only a READY one. Raises `StrongReadUnavailable` otherwise."""
        ways = list(self._ways)
        refused = [way for way in ways if way in _REFUSED]
        if refused:
            await asyncio.sleep(0)
        else:
            route = await self._primary.strong_read(key)
            if not ways or (route is not None and route.state == "READY"):
                return route
        reason = REASONS[refused[-1] if refused else ways[0]]
        self._emit(StrongReadFailed(reason))
        raise StrongReadUnavailable(reason)
