"""A control plane whose late delete removes any route, whatever its generation."""

from typing import Any

from gateway_sim.route_table import RouteKey, RouteTable
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing

part = "control plane"
guards = [Guard("late-delete", "plain", "not-found", "the run finishes")]


@replacing(RouteTable, "withdraw")
async def break_it(withdraw: Original, self: RouteTable, key: RouteKey, generation: int) -> Any:
    """Withdraw the current generation instead of the given one."""
    current = await self._read(key)
    return await withdraw(self, key, current.generation if current else generation)
