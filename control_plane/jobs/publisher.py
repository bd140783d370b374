"""Publishes the routes of started jobs in the shared table, and withdraws those of stopped ones."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from gateway_sim.control_plane.jobs.leases import Leases
from gateway_sim.control_plane.jobs.states import Job
from gateway_sim.route_table import Route, RouteKey, RouteTable

Ingress = Callable[[str], Awaitable[Sequence[str]]]
"""Opens the addresses at which gateways reach the pod at an address, and returns them; none: the pod's own."""


class Publisher:
    """The only writer of routes; each write is conditional on the generation (docs/architecture.md §4).

    With `leases`, a READY route has an end of validity, which they renew.
    """

    def __init__(self, table: RouteTable, ingress: Ingress | None = None, leases: Leases | None = None) -> None:
        self._table = table
        self._ingress = ingress
        self.leases = leases

    async def announce(self, job: Job) -> None:
        """Publish a PENDING route for this incarnation in place of an older one's route."""
        await self._table.publish(Route(job.account, job.name, job.incarnation, "PENDING", ""))

    async def publish(self, job: Job, address: str) -> None:
        """Publish the address of this incarnation's pod. Raises `PublishRefused` if a newer generation is published.

        A write under way cannot be cancelled: a cancelled publish waits for its end, and its caller must withdraw.
        """
        endpoints = tuple(await self._ingress(address)) if self._ingress else ()
        address = endpoints[0] if endpoints else address
        until_s = self.leases.until_s() if self.leases else 0.0
        route = Route(
            job.account, job.name, job.incarnation, "READY", address, endpoints=endpoints, lease_until_s=until_s
        )
        writing = asyncio.get_running_loop().create_task(self._table.publish(route), name=f"publish {route.key}")
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.gather(writing, return_exceptions=True)
            raise

    async def drain(self, job: Job) -> bool:
        """Mark the incarnation's route as draining; False if it is not READY, or a newer generation is published."""
        return await self._table.drain(RouteKey(job.account, job.name), job.incarnation)

    async def withdraw(self, job: Job) -> bool:
        """Replace the incarnation's route by a tombstone; False if a newer generation is published, which stays."""
        return await self._table.withdraw(RouteKey(job.account, job.name), job.incarnation)
