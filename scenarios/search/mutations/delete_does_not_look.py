"""A control plane whose late delete removes whichever route stands."""

from typing import Any

from gateway_sim.route_table import RouteKey, RouteTable
from scenarios.search.mutations import Guard, Whole, replacing

part = "control plane"
guards = [Guard("late-delete", "plain", "not-found", "the run finishes")]


@replacing(RouteTable, "withdraw")
async def break_it(withdraw: Whole, self: RouteTable, key: RouteKey, generation: int) -> Any:
    """Withdraw the generation that stands, and not the one that was meant."""
    standing = await self._read(key)
    return await withdraw(self, key, standing.generation if standing else generation)
