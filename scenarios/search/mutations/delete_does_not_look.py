"""A control plane whose late delete takes away whatever route stands."""

from __future__ import annotations

from gateway_sim.route_table import RouteKey, RouteTable
from scenarios.search.mutations import Guard, Put

part = "control plane"
guards = [Guard("late-delete", "plain", "not-found", "the run finishes")]


def break_it(put: Put) -> None:
    """Withdraw the generation that stands, and not the one that was meant."""
    withdraw = RouteTable.withdraw

    async def blind(self: RouteTable, key: RouteKey, generation: int) -> bool:
        standing = await self._read(key)
        return await withdraw(self, key, standing.generation if standing else generation)

    put(RouteTable, "withdraw", blind)
