"""Writes the routes of started jobs to the shared table, and takes back those of stopped ones."""

from __future__ import annotations

from control_plane.jobs import Job
from gateway_sim.route_table import Route, RouteKey, RouteTable


class Publisher:
    """The only writer of routes; each write is conditional on the generation (DESIGN §4)."""

    def __init__(self, table: RouteTable) -> None:
        self._table = table

    async def publish(self, job: Job, incarnation: int, address: str) -> None:
        """Publish where this incarnation's pod is. Raises `PublishRefused` when a newer one stands."""
        await self._table.publish(Route(job.account, job.name, incarnation, "READY", address))

    async def withdraw(self, job: Job) -> bool:
        """Leave a tombstone for the job's incarnation; False when a newer generation stands and was left alone."""
        return await self._table.withdraw(RouteKey(job.account, job.name), job.incarnation)
