"""An exactly-once that asks the control plane the moment it is refused, without jitter and without a budget."""

from __future__ import annotations

from client.exactly_once.job_monitor import JobMonitor
from client.exactly_once.liveness import JobIdentity, JobLiveness, standing
from scenarios.search.mutations import Guard, Put

part = "client policy exactly-once"
guards = [Guard("thundering-herd", "exactly-once", "not-found", "the control plane is not stormed")]


def break_it(put: Put) -> None:
    """Ask every time."""

    async def look(self: JobMonitor, trained: JobIdentity, *, fresh: bool = False) -> JobLiveness:
        await self._ask()
        return standing(self._last, trained)

    put(JobMonitor, "look", look)
