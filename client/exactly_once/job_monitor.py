"""One client's eye on the control plane: shared by all its calls, jittered, and on a budget."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Protocol

from client.events import ControlPlaneProbed, JobReported
from client.exactly_once.liveness import JobIdentity, JobLiveness, standing
from client.job_manager import JobStatus
from client.retry_policies.exactly_once import ExactlyOnce


class ProbedJobs(Protocol):
    """Answers one question about a job, or raises."""

    async def probe(self, job: str) -> JobStatus:
        """Return where the job stands."""
        ...


class JobMonitor:
    """Asks where the job stands, no more often than the policy allows; an answer serves all who ask meanwhile."""

    def __init__(
        self,
        jobs: ProbedJobs,
        job: str,
        policy: ExactlyOnce,
        rng: random.Random,
        emit: Callable[[object], None],
    ) -> None:
        self._jobs = jobs
        self._job = job
        self._policy = policy
        self._rng = rng
        self._emit = emit
        self._asked_s: float | None = None
        self._last: JobStatus | None = None
        self._lock = asyncio.Lock()

    async def look(self, trained: JobIdentity, *, fresh: bool = False) -> JobLiveness:
        """Return where the job stands; asked now where the budget allows it, or as soon as it does when `fresh`."""
        async with self._lock:
            now_s = asyncio.get_running_loop().time()
            early_s = 0.0 if self._asked_s is None else self._asked_s + self._policy.probe_every_s - now_s
            # a job that is gone stays gone: nothing fresher can be heard of it
            if early_s > 0 and fresh and standing(self._last, trained) is not JobLiveness.GONE:
                await asyncio.sleep(early_s)
                early_s = 0.0
            if early_s <= 0:
                await asyncio.sleep(self._rng.uniform(0.0, self._policy.probe_jitter_s))
                await self._ask()
            return standing(self._last, trained)

    async def lost(self, trained: JobIdentity) -> bool:
        """Say whether what was trained is out of reach: its job is gone, or queued again, or runs elsewhere."""
        return await self.look(trained) in (JobLiveness.GONE, JobLiveness.QUEUED, JobLiveness.REPLACED)

    async def until_running(self, trained: JobIdentity) -> JobStatus | None:
        """Wait out a requeue; return the job's status once it runs, None once it is gone."""
        while True:
            async with self._lock:
                status = self._last
            found = standing(status, trained)
            if found in (JobLiveness.ALIVE, JobLiveness.REPLACED):
                return status
            if found is JobLiveness.GONE:
                return None
            every_s = self._policy.queued_every_s
            await asyncio.sleep(self._rng.uniform(every_s / 2, every_s))
            async with self._lock:
                await self._ask()

    async def _ask(self) -> None:
        before = self._last
        try:
            self._last = await self._jobs.probe(self._job)
        except Exception as error:
            self._last = None
            self._emit(ControlPlaneProbed(None, str(error)))
        else:
            self._emit(ControlPlaneProbed(self._last.state, None))
            if before is not None and before.state != self._last.state:
                self._emit(JobReported(self._last.state))
        self._asked_s = asyncio.get_running_loop().time()
