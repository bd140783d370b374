"""Notices the pods that are lost, and what then happens to their jobs."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol

from gateway_sim.control_plane.events import PodNoticedDead
from gateway_sim.control_plane.jobs.states import Job, JobState

RESTARTS: Final = ("always", "never")
"""The restart policies: the job gets a new pod, or it fails."""


class WatchedJobs(Protocol):
    """The jobs whose pods are watched; `Reconciler` has them."""

    def get(self, account: str, name: str) -> Job:
        """Return the job."""
        ...

    async def until_started(self, account: str, name: str) -> None:
        """Wait until no start of the job is under way."""
        ...

    async def requeue(self, account: str, name: str) -> Job:
        """Let the job wait for a new pod."""
        ...

    async def fail(self, account: str, name: str, message: str) -> Job:
        """End the job with a message for its owner."""
        ...


class PodWatch:
    """Notices a pod that has been lost for `notice_s` seconds on end, and acts by the policy `restart`.

    `notice_s` is what a kubelet needs: the period of its liveness probe times its failure threshold. With `always` the
    job is queued for a pod of the next incarnation, with `never` it is FAILED. No timer runs while no pod is lost.
    """

    def __init__(self, jobs: WatchedJobs, *, notice_s: float, restart: str, emit: Callable[[object], None]) -> None:
        self._jobs = jobs
        self._notice_s = notice_s
        self._restart = restart
        self._emit = emit
        self._lost: dict[tuple[str, str, int], asyncio.Task[None]] = {}
        self._acting: dict[asyncio.Task[None], None] = {}

    def lost(self, account: str, job: str, incarnation: int, how: str) -> None:
        """Take note that the pod is lost; `how` is "crashed" or "froze". A second report changes nothing."""
        pod = (account, job, incarnation)
        if pod not in self._lost:
            noticing = self._notice(account, job, incarnation, how)
            self._lost[pod] = asyncio.get_running_loop().create_task(noticing, name=f"notice {account}/{job}")

    def back(self, account: str, job: str, incarnation: int) -> None:
        """Learn that the pod answers again: a loss that was not noticed yet is forgotten."""
        if (waiting := self._lost.pop((account, job, incarnation), None)) is not None:
            waiting.cancel()

    async def close(self) -> None:
        """Notice nothing more."""
        tasks = [*self._lost.values(), *self._acting]
        self._lost.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _notice(self, account: str, job: str, incarnation: int, how: str) -> None:
        await asyncio.sleep(self._notice_s)
        # from here on, a return of the pod comes too late
        del self._lost[account, job, incarnation]
        self._act(self._dead(account, job, incarnation, how))

    def _act(self, acting: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(acting, name="replace a dead pod")
        self._acting[task] = None
        task.add_done_callback(lambda done: self._acting.pop(done, None))

    async def _dead(self, account: str, job: str, incarnation: int, how: str) -> None:
        # a pod may be lost after it was ready and before its job is RUNNING
        await self._jobs.until_started(account, job)
        now = self._jobs.get(account, job)
        if (now.incarnation, now.state) != (incarnation, JobState.RUNNING):
            return
        self._emit(PodNoticedDead(account, job, incarnation, how, self._restart))
        if self._restart == "always":
            await self._jobs.requeue(account, job)
        else:
            await self._jobs.fail(account, job, f"the pod of incarnation {incarnation} {how}, and restart is never")
