"""Brings pods in line with what the jobs should be: start on PENDING, publish, RUNNING; stop and withdraw otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from control_plane.events import JobMoved, PodPlaced, StartFailed
from control_plane.jobs import LIVE, Job, JobEvent, JobState, WrongState
from control_plane.publisher import Publisher


class PodLauncher(Protocol):
    """Starts and stops pods; the virtual engine puts them on its wire, the live one in processes."""

    async def start(self, account: str, job: str, incarnation: int) -> str:
        """Start a pod and return its address ("host:port") once it is ready."""
        ...

    async def stop(self, account: str, job: str, incarnation: int) -> None:
        """Stop the pod; one that is gone already is no error."""
        ...


class NoSuchJob(LookupError):
    """No job of that name; the message names it."""


class JobExists(ValueError):
    """A job of that name is there already."""


class Reconciler:
    """Owns the jobs and the tasks that start them.

    `start_s` is the modelled time from PENDING to a pod that can be launched (image pull, scheduling), in seconds.
    """

    def __init__(
        self, publisher: Publisher, launcher: PodLauncher, *, emit: Callable[[object], None], start_s: float = 0.0
    ) -> None:
        self._publisher = publisher
        self._launcher = launcher
        self._emit = emit
        self._start_s = start_s
        self._jobs: dict[tuple[str, str], Job] = {}
        self._starting: dict[tuple[str, str], asyncio.Task[None]] = {}

    def get(self, account: str, name: str) -> Job:
        """Return the job as it stands. Raises `NoSuchJob`."""
        job = self._jobs.get((account, name))
        if job is None:
            raise NoSuchJob(f"account {account} has no job {name}")
        return job

    def jobs(self, account: str) -> list[Job]:
        """Return the account's jobs, in the order they were created."""
        return [job for (owner, _), job in self._jobs.items() if owner == account]

    def create(self, account: str, name: str) -> Job:
        """Create a job, or one anew under a deleted one's name, and begin to start it. Raises `JobExists`."""
        old = self._jobs.get((account, name))
        if old is not None and old.state is not JobState.DELETED:
            raise JobExists(f"job {account}/{name} exists and is {old.state.value}")
        made = Job(account, name) if old is None else old.after(JobEvent.RECREATE)
        self._put(made)
        return self._begin(self._put(made.after(JobEvent.ADMIT)))

    def resume(self, account: str, name: str) -> Job:
        """Start a paused, failed or cancelled job again, as a new incarnation. Raises `WrongState`."""
        return self._begin(self._put(self.get(account, name).after(JobEvent.RESUME)))

    async def delete(self, account: str, name: str) -> Job:
        """Delete the job: its route becomes a tombstone, its pod stops. Raises `WrongState` if it is deleted."""
        return await self._take_down(account, name, JobEvent.DELETE)

    async def pause(self, account: str, name: str) -> Job:
        """Pause the job: its route becomes a tombstone, its pod stops; `resume` brings it back."""
        return await self._take_down(account, name, JobEvent.PAUSE)

    async def close(self) -> None:
        """Stop what is starting and what runs."""
        for account, name in list(self._starting):
            await self._call_off(account, name)
        for job in list(self._jobs.values()):
            if job.state in LIVE:
                await self._launcher.stop(job.account, job.name, job.incarnation)

    async def _take_down(self, account: str, name: str, event: JobEvent) -> Job:
        before = self.get(account, name)
        after = self._put(before.after(event))
        await self._call_off(account, name)
        if before.state in LIVE:
            # a start that was called off may have come as far as its pod, or its route
            await self._publisher.withdraw(before)
            await self._launcher.stop(account, name, before.incarnation)
        return after

    def _begin(self, job: Job) -> Job:
        start = asyncio.get_running_loop().create_task(self._start(job), name=f"start {job.account}/{job.name}")
        self._starting[job.account, job.name] = start
        return job

    async def _call_off(self, account: str, name: str) -> None:
        """Cancel the start under way, if there is one, and wait until nothing of it runs."""
        starting = self._starting.pop((account, name), None)
        if starting is not None:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)

    async def _start(self, job: Job) -> None:
        await asyncio.sleep(self._start_s)
        try:
            address = await self._launcher.start(job.account, job.name, job.incarnation)
            self._emit(PodPlaced(job.account, job.name, job.incarnation, address))
            await self._publisher.publish(job, address)
        except Exception as error:
            # whatever kept the pod from coming up belongs in the job's status, where its owner looks
            reason = str(error) or type(error).__name__
            self._emit(StartFailed(job.account, job.name, job.incarnation, reason))
            self._put(job.after(JobEvent.FAIL, reason))
            await self._launcher.stop(job.account, job.name, job.incarnation)
            return
        self._put(job.after(JobEvent.START))

    def _put(self, job: Job) -> Job:
        self._jobs[job.account, job.name] = job
        self._emit(JobMoved(job.account, job.name, job.state.value, job.incarnation))
        return job


__all__ = ["JobExists", "NoSuchJob", "PodLauncher", "Reconciler", "WrongState"]
