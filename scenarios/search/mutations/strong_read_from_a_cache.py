"""A gateway whose strong reads are answered by the cache that remembers the miss."""

from __future__ import annotations

from gateway_sim.primary import TablePrimary
from gateway_sim.route_table import Route, RouteKey
from scenarios.search.mutations import Guard, Put

part = "gateway policy leased-generation"
guards = [Guard("poisoned-warmup", "plain", "leased-generation", "the run finishes")]


def break_it(put: Put) -> None:
    """See nothing in a strong read."""

    async def cached(self: TablePrimary, key: RouteKey) -> Route | None:
        return None

    put(TablePrimary, "strong_read", cached)
