"""The way to a strongly consistent read of the route table, where there is one."""

import asyncio
from typing import Protocol

from gateway_sim.route_table import Route, RouteKey, RouteTable


class StrongReadUnavailable(Exception):
    """No strongly consistent read can be had here and now; the message says why."""


class Primary(Protocol):
    """Answers what the route table says now, not what it said a while ago."""

    async def strong_read(self, key: RouteKey) -> Route | None:
        """Return the route as it stands, tombstones included, None when there never was one.

        Raises `StrongReadUnavailable` where a strong read is refused, or would not be one: on a global secondary index,
        in another region's replica of a global table, behind a cache, in a partition (docs/reference/findings.md §3).
        """
        ...


class TablePrimary:
    """The table itself; a read takes `read_s` on top of what the engine's storage takes."""

    def __init__(self, table: RouteTable, read_s: float = 0.0) -> None:
        self._table = table
        self._read_s = read_s

    async def strong_read(self, key: RouteKey) -> Route | None:
        """Read with `ConsistentRead=True`."""
        if self._read_s > 0:
            await asyncio.sleep(self._read_s)
        return await self._table.strong_read(key)
