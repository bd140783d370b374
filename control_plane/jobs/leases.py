"""Gives each READY route a lease, and renews it while its job is RUNNING."""

import asyncio
from collections.abc import Callable
from typing import Final

from gateway_sim.control_plane.events import LeaseRenewed
from gateway_sim.control_plane.jobs.states import Job
from gateway_sim.route_table import RouteKey, RouteTable

RENEWALS: Final = 3
"""Renewals in the time of one lease: two may fail before it ends."""


class Leases:
    """Leases of `lease_s`, by the clock `time_of_day_s` of the control plane.

    Nothing is renewed while `is_down()`: an outage that outlasts the lease lets sound routes expire.
    """

    def __init__(
        self,
        table: RouteTable,
        lease_s: float,
        time_of_day_s: Callable[[], float],
        is_down: Callable[[], bool],
        emit: Callable[[object], None],
    ) -> None:
        self._table = table
        self._lease_s = lease_s
        self._time_of_day_s = time_of_day_s
        self._is_down = is_down
        self._emit = emit

    def until_s(self) -> float:
        """Return the end of a lease that begins now, in milliseconds' precision."""
        return round(self._time_of_day_s() + self._lease_s, 3)

    async def keep(self, job: Job, runs: Callable[[], bool]) -> None:
        """Renew the lease of the incarnation's route until it runs no more, or the table has another route."""
        while True:
            await asyncio.sleep(self._lease_s / RENEWALS)
            if not runs():
                return
            if self._is_down():
                continue
            if not await self._table.renew(RouteKey(job.account, job.name), job.incarnation, self.until_s()):
                return
            self._emit(LeaseRenewed(job.account, job.name, job.incarnation, self._lease_s))
