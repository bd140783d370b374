"""Strongly consistent reads of the route table, where they are possible."""

import asyncio
from typing import Protocol

from gateway_sim.route_table import Route, RouteKey, RouteTable


class StrongReadUnavailable(Exception):
    """No strongly consistent read is possible; the message says why."""


class Primary(Protocol):
    """Reads the current state of the route table."""

    async def strong_read(self, key: RouteKey) -> Route | None:
        """Return the current route or tombstone; None if there never was one.

        Raises `StrongReadUnavailable` where strong reads are refused or may be stale: on a global secondary index, in
        another region's replica of a global table, behind a cache, in a partition (docs/reference/findings.md §3).
        """
        ...


class TablePrimary:
    """Reads the table itself; each read takes `read_s` in addition to the engine's storage time."""

    def __init__(self, table: RouteTable, read_s: float = 0.0) -> None:
        self._table = table
        self._read_s = read_s

    async def strong_read(self, key: RouteKey) -> Route | None:
        """Read with `ConsistentRead=True`."""
        if self._read_s > 0:
            await asyncio.sleep(self._read_s)
        return await self._table.strong_read(key)
