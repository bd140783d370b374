"""Publishes the routes of started jobs in the shared table, and withdraws those of stopped ones."""

import asyncio

from control_plane.jobs.states import Job
from gateway_sim.route_table import Route, RouteKey, RouteTable


class Publisher:
    """The only writer of routes; each write is conditional on the generation (docs/architecture.md §4)."""

    def __init__(self, table: RouteTable) -> None:
        self._table = table

    async def announce(self, job: Job) -> None:
        """Publish a PENDING route for this incarnation in place of an older one's route."""
        await self._table.publish(Route(job.account, job.name, job.incarnation, "PENDING", ""))

    async def publish(self, job: Job, address: str) -> None:
        """Publish where this incarnation's pod is. Raises `PublishRefused` when a newer one stands.

        A write under way cannot be cancelled: cancelling a publish waits until it has landed; then withdraw the route.
        """
        route = Route(job.account, job.name, job.incarnation, "READY", address)
        writing = asyncio.get_running_loop().create_task(self._table.publish(route), name=f"publish {route.key}")
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.gather(writing, return_exceptions=True)
            raise

    async def withdraw(self, job: Job) -> bool:
        """Leave a tombstone for the job's incarnation; False when a newer generation stands and was left alone."""
        return await self._table.withdraw(RouteKey(job.account, job.name), job.incarnation)
