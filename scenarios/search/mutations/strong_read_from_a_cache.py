"""A gateway whose strong reads are answered by the cache that holds the miss."""

from gateway_sim.primary import TablePrimary
from gateway_sim.route_table import Route, RouteKey
from scenarios.search.mutations import Guard, Whole, replacing

part = "gateway policy leased-generation"
guards = [Guard("poisoned-warmup", "plain", "leased-generation", "the run finishes")]


@replacing(TablePrimary, "strong_read")
async def break_it(_: Whole, self: TablePrimary, key: RouteKey) -> Route | None:
    """See nothing in a strong read."""
    return None
