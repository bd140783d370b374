"""Starts the pod of a PENDING job, publishes its route and sets RUNNING; stops and withdraws it otherwise."""

import asyncio
import dataclasses
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, Protocol

from gateway_sim.control_plane.events import JobMoved, JobRoutable, PodPlaced, StartFailed
from gateway_sim.control_plane.jobs.publisher import Publisher
from gateway_sim.control_plane.jobs.states import LIVE, Job, JobEvent, JobState
from gateway_sim.control_plane.scheduling.seats import Seats
from gateway_sim.route_table import RouteKey

ASK_EVERY_S: Final = 0.25
"""How often replicas without the route are asked again."""


class PodLauncher(Protocol):
    """Starts and stops pods; the virtual engine puts them on its wire, the live one in processes."""

    async def start(self, account: str, job: str, incarnation: int) -> str:
        """Start a pod and return its address ("host:port") once it is ready."""
        ...

    async def stop(self, account: str, job: str, incarnation: int) -> None:
        """Stop the pod; one that has ended already is no error."""
        ...

    async def retire(self, account: str, job: str, incarnation: int, grace_s: float) -> None:
        """Fence the pod: it applies nothing more, though it may be reachable until it is stopped, `grace_s` later."""
        ...


class Acknowledgements(Protocol):
    """Asks the gateway's replicas which generation they see, as Knative's prober asks each gateway.

    See docs/reference/findings.md §3.
    """

    async def behind(self, key: RouteKey, generation: int) -> Sequence[str]:
        """Return the names of the replicas that do not see the route READY at this generation or a later one yet."""
        ...


class NoSuchJob(LookupError):
    """There is no job of that name; the message names it."""


class JobExists(ValueError):
    """There is a job of that name already."""


class Reconciler:
    """Owns the jobs and the tasks that start them.

    RUNNING means that the pod is up. ROUTABLE means that every gateway replica has acknowledged the generation.

    `start_s` is the modelled time from PENDING to the launch of the pod (image pull, scheduling), in seconds. With
    `seats`, a job over its account's quota waits before that, and a running job may be preempted. A preempted pod is
    slow to die by `fence_s` seconds: for so long it serves and applies as if nothing had been said.
    """

    def __init__(
        self,
        publisher: Publisher,
        launcher: PodLauncher,
        *,
        emit: Callable[[object], None],
        start_s: float = 0.0,
        fence_s: float = 0.0,
        acknowledgements: Acknowledgements | None = None,
        seats: Seats | None = None,
    ) -> None:
        self._publisher = publisher
        self._launcher = launcher
        self._emit = emit
        self._start_s = start_s
        self._fence_s = fence_s
        self._jobs: dict[tuple[str, str], Job] = {}
        self._starting: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._acknowledgements = acknowledgements
        self._routable: dict[tuple[str, str], int] = {}
        self._background: dict[asyncio.Task[None], None] = {}
        self._seats = seats

    def get(self, account: str, name: str) -> Job:
        """Return the job. Raises `NoSuchJob`."""
        job = self._jobs.get((account, name))
        if job is None:
            raise NoSuchJob(f"account {account} has no job {name}")
        return job

    def jobs(self, account: str) -> list[Job]:
        """Return the account's jobs, in the order they were created."""
        return [job for (owner, _), job in self._jobs.items() if owner == account]

    def create(self, account: str, name: str) -> Job:
        """Create a job, perhaps under a deleted job's name, and begin to start it.

        Raises `JobExists` and `OverQuota`.
        """
        old = self._jobs.get((account, name))
        if old is not None and old.state is not JobState.DELETED:
            raise JobExists(f"job {account}/{name} exists and is {old.state.value}")
        if self._seats is not None:
            self._seats.check(account, name)
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

    async def requeue(self, account: str, name: str, grace_s: float = 0.0) -> Job:
        """Preempt a running job: it waits for a new pod. The old pod is fenced, and stopped `grace_s` after that."""
        before = self.get(account, name)
        after = self._put(before.after(JobEvent.REQUEUE))
        await self._publisher.announce(after)
        if not self._fence_s:
            await self._launcher.retire(account, name, before.incarnation, grace_s)
        if self._fence_s or grace_s > 0:
            self._in_background(self._stop_later(before, grace_s), f"stop {account}/{name}")
        else:
            await self._launcher.stop(account, name, before.incarnation)
        return self._begin(after, announced=True)

    async def fail(self, account: str, name: str, message: str) -> Job:
        """End a job whose pod was lost: its route becomes a tombstone; `resume` brings it back."""
        return await self._take_down(account, name, JobEvent.FAIL, message)

    async def until_started(self, account: str, name: str) -> None:
        """Wait until the job runs, or no start of it is under way."""
        while self.get(account, name).state is not JobState.RUNNING:
            starting = self._starting.get((account, name))
            if starting is None:
                return
            await asyncio.wait([starting])

    async def drain(self, account: str, name: str, grace_s: float) -> Job:
        """Mark the pod of a running job as draining, and move the job after `grace_s`. Raises `WrongState`.

        Until then the pod serves; a gateway that reads the mark sends it no new run.
        """
        job = self.get(account, name)
        job.after(JobEvent.REQUEUE)
        await self._publisher.drain(job)
        self._in_background(self._move_later(job, grace_s), f"drain {account}/{name}")
        return job

    def is_routable(self, job: Job) -> bool:
        """Return whether the job runs and every gateway replica has acknowledged the route of its incarnation."""
        return job.state is JobState.RUNNING and self._routable.get((job.account, job.name)) == job.incarnation

    async def close(self) -> None:
        """Stop every job that starts or runs."""
        for task in list(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        for account, name in list(self._starting):
            await self._call_off(account, name)
        for job in list(self._jobs.values()):
            if job.state in LIVE:
                await self._launcher.stop(job.account, job.name, job.incarnation)
                self._leave(job)

    async def _take_down(self, account: str, name: str, event: JobEvent, message: str = "") -> Job:
        before = self.get(account, name)
        after = self._put(before.after(event, message))
        await self._call_off(account, name)
        if before.state in LIVE:
            # a cancelled start may have launched its pod or published its route
            await self._publisher.withdraw(before)
            await self._launcher.stop(account, name, before.incarnation)
            self._leave(before)
        return after

    def _evicted(self, account: str, name: str) -> None:
        """Requeue a job that has lost its seat; one that is still starting is requeued once it runs."""
        if (account, name) in self._jobs:
            self._in_background(self._give_way(account, name), f"give way {account}/{name}")

    async def _give_way(self, account: str, name: str) -> None:
        # it may have been deleted meanwhile
        if self.get(account, name).state is JobState.RUNNING:
            await self.requeue(account, name)

    def _leave(self, job: Job) -> None:
        if self._seats is not None:
            self._seats.leave(job.account, job.name)

    async def _seated(self, job: Job, seats: Seats) -> None:
        """Wait for the job's seat; until then its status says why it is pending."""
        self._jobs[job.account, job.name] = dataclasses.replace(job, message=seats.reason(job.account))
        await seats.take(job.account, job.name, self._evicted)
        self._jobs[job.account, job.name] = job

    def _begin(self, job: Job, *, announced: bool = False) -> Job:
        starting = self._start(job, announced)
        start = asyncio.get_running_loop().create_task(starting, name=f"start {job.account}/{job.name}")
        self._starting[job.account, job.name] = start
        return job

    async def _call_off(self, account: str, name: str) -> None:
        """Cancel the start under way, if there is one, and wait until it has ended."""
        starting = self._starting.pop((account, name), None)
        if starting is not None:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)

    async def _start(self, job: Job, announced: bool) -> None:
        try:
            if job.incarnation > 1 and not announced:
                await self._publisher.announce(job)
            if self._seats is not None:
                await self._seated(job, self._seats)
            await asyncio.sleep(self._start_s)
            address = await self._launcher.start(job.account, job.name, job.incarnation)
            self._emit(PodPlaced(job.account, job.name, job.incarnation, address))
            await self._publisher.publish(job, address)
        except Exception as error:
            # the job's owner looks for the reason in its status
            reason = str(error) or type(error).__name__
            self._emit(StartFailed(job.account, job.name, job.incarnation, reason))
            self._put(job.after(JobEvent.FAIL, reason))
            await self._launcher.stop(job.account, job.name, job.incarnation)
            self._leave(job)
            return
        self._put(job.after(JobEvent.START))
        if self._seats is not None and not self._seats.has(job.account, job.name):
            self._evicted(job.account, job.name)
        if self._publisher.leases is not None:
            keeping = self._publisher.leases.keep(job, lambda: self._runs(job))
            self._in_background(keeping, f"keep the lease of {job.account}/{job.name}")
        if self._acknowledgements is not None:
            self._in_background(self._acknowledge(job, self._acknowledgements), f"acknowledge {job.account}/{job.name}")

    async def _acknowledge(self, job: Job, acknowledgements: Acknowledgements) -> None:
        """Ask until every replica has the route, as long as this incarnation runs."""
        key = RouteKey(job.account, job.name)
        while self._runs(job):
            if not await acknowledgements.behind(key, job.incarnation):
                self._routable[job.account, job.name] = job.incarnation
                self._emit(JobRoutable(job.account, job.name, job.incarnation))
                return
            await asyncio.sleep(ASK_EVERY_S)

    def _runs(self, job: Job) -> bool:
        """Return whether the job is RUNNING in the same incarnation."""
        now = self.get(job.account, job.name)
        return now.incarnation == job.incarnation and now.state is JobState.RUNNING

    async def _move_later(self, job: Job, grace_s: float) -> None:
        await asyncio.sleep(grace_s)
        # it may have been deleted, paused or moved meanwhile
        if self.get(job.account, job.name) == job:
            await self.requeue(job.account, job.name)

    async def _stop_later(self, job: Job, grace_s: float) -> None:
        if self._fence_s:
            await asyncio.sleep(self._fence_s)
            await self._launcher.retire(job.account, job.name, job.incarnation, grace_s)
        await asyncio.sleep(grace_s)
        await self._launcher.stop(job.account, job.name, job.incarnation)

    def _in_background(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._background[task] = None
        task.add_done_callback(lambda done: self._background.pop(done, None))

    def _put(self, job: Job) -> Job:
        self._jobs[job.account, job.name] = job
        self._emit(JobMoved(job.account, job.name, job.state.value, job.incarnation))
        return job
