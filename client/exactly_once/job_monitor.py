"""Job-status polling, shared by all calls of a client; jittered and rate-limited."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from gateway_sim.client.connecting import ProbedJobs
from gateway_sim.client.events import ControlPlaneProbed, JobReported
from gateway_sim.client.exactly_once.liveness import JobIdentity, JobLiveness, liveness_of
from gateway_sim.client.job_manager import JobStatus

if TYPE_CHECKING:
    from gateway_sim.client.retry_policies.exactly_once import ExactlyOnce


class JobMonitor:
    """Asks for the job's status at the rate that the policy allows; concurrent callers share an answer."""

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
        """Return the job's liveness, from a new answer if the rate allows one; `fresh` waits until it does."""
        async with self._lock:
            now_s = asyncio.get_running_loop().time()
            early_s = 0.0 if self._asked_s is None else self._asked_s + self._policy.probe_every_s - now_s
            # a deleted job stays deleted, so a newer answer would be the same
            if early_s > 0 and fresh and liveness_of(self._last, trained) is not JobLiveness.GONE:
                await asyncio.sleep(early_s)
                early_s = 0.0
            if early_s <= 0:
                await asyncio.sleep(self._rng.uniform(0.0, self._policy.probe_jitter_s))
                await self._ask()
            return liveness_of(self._last, trained)

    async def lost(self, trained: JobIdentity) -> bool:
        """Say whether the incarnation is lost: its job is gone, is queued again, or runs as another one."""
        return await self.look(trained) in (JobLiveness.GONE, JobLiveness.QUEUED, JobLiveness.REPLACED)

    async def until_running(self, trained: JobIdentity) -> JobStatus | None:
        """Wait until a queued job runs and return its status; None if it is gone."""
        while True:
            async with self._lock:
                status = self._last
            found = liveness_of(status, trained)
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
