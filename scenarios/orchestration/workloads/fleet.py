"""Jobs that train through the gateway on GPUs that a cluster's scheduler gives them, takes from them and moves."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from control_plane.events import JobRoutable, WorkEvicted, WorkMoved, WorkPlaced
from control_plane.jobs.reconciler import PodLauncher
from control_plane.scheduling.cluster import Cluster
from control_plane.scheduling.scheduler import Work
from scenarios.engines.virtual.engine import VirtualEngine
from scenarios.sim import events
from scenarios.world.account import ACCOUNT
from scenarios.world.builder import World
from scenarios.world.engine import Emitter
from scenarios.world.settings import Settings
from scenarios.world.user import User, one_user

NEVER_S = 1e9
"""How long a trainer's work would run if its script did not end it."""


class Rooms:
    """Which jobs have a place on the cluster; a pod is started when its job has."""

    def __init__(self) -> None:
        self._placed: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def give(self, job: str) -> None:
        """Let the job's next pod start."""
        self._placed[job].set()

    def take(self, job: str) -> None:
        """Keep the job's next pod waiting."""
        self._placed[job].clear()

    async def until_given(self, job: str) -> None:
        """Wait until the job has a place."""
        await self._placed[job].wait()


class EngineWithRooms(VirtualEngine):
    """The virtual engine, whose pods wait for their place on a cluster."""

    def __init__(self, rooms: Rooms, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self._rooms = rooms

    def launcher(self, settings: Settings, emitter: Emitter) -> PodLauncher:  # type: ignore[override]
        """Return a launcher that waits for a job's place before it starts its pod."""
        return _InRooms(super().launcher(settings, emitter), self._rooms)


class _InRooms:
    def __init__(self, launcher: PodLauncher, rooms: Rooms) -> None:
        self._launcher = launcher
        self._rooms = rooms

    async def start(self, account: str, job: str, incarnation: int) -> str:
        await self._rooms.until_given(job)
        return await self._launcher.start(account, job, incarnation)

    async def stop(self, account: str, job: str, incarnation: int) -> None:
        await self._launcher.stop(account, job, incarnation)

    async def retire(self, account: str, job: str, incarnation: int) -> None:
        await self._launcher.retire(account, job, incarnation)


class Fleet:
    """One user for each of `jobs`; each job is work of one GPU and ends with its user's script."""

    def __init__(self, world: World, jobs: Sequence[str], rooms: Rooms) -> None:
        self._world = world
        self._rooms = rooms
        self._users: dict[str, User] = {job: one_user(world, f"client-{job}", self._heard_of(job), job) for job in jobs}
        self._reached: Counter[int] = Counter()
        self._together: dict[int, asyncio.Event] = defaultdict(asyncio.Event)
        self._cluster: Cluster | None = None
        self._moving: list[asyncio.Task[object]] = []

    def tap(self, emit: Callable[[object], None]) -> Callable[[object], None]:
        """Return what a cluster should tell its events to: they are passed on, and carried out on the jobs."""

        def heard(event: object) -> None:
            emit(event)
            match event:
                case WorkPlaced(work=job) if job in self._users:
                    self._rooms.give(job)
                case WorkEvicted(work=job) if job in self._users:
                    self._rooms.take(job)
                    self._requeue(job)
                case WorkMoved(work=job) if job in self._users:
                    self._requeue(job)

        return heard

    def settle(self, cluster: Cluster, namespace: str = "default") -> None:
        """Submit every job to a cluster that tells its events to `tap`, and create it."""
        self._cluster = cluster
        for job in self._users:
            self._world.reconciler.create(ACCOUNT, job)
            cluster.submit(Work(job, 1, NEVER_S, namespace))

    async def until_routable(self) -> None:
        """Wait until every job runs and every replica of the gateway knows its route."""
        for job in self._users:
            await self._world.until(JobRoutable, job=job)

    async def train(self) -> None:
        """Run all scripts to their ends."""
        await asyncio.gather(*(self._train(job, user) for job, user in self._users.items()))

    async def until_step(self, step: int) -> None:
        """Wait until every job's user was told that this step is done."""
        await self._together[step].wait()

    async def close(self) -> None:
        """Let go of every user's client and connections."""
        for user in self._users.values():
            await user.close()

    def _heard_of(self, job: str) -> Callable[[object], None]:
        """Return where a job's user tells its events: they count towards what all have reached."""
        emit = self._world.trace.emitter(job)

        def heard(event: object) -> None:
            emit(event)
            if isinstance(event, events.StepAcknowledged):
                self._reached[event.step] += 1
                if self._reached[event.step] == len(self._users):
                    self._together[event.step].set()

        return heard

    async def _train(self, job: str, user: User) -> None:
        await user.train()
        if self._cluster is not None:
            self._cluster.complete(job)

    def _requeue(self, job: str) -> None:
        self._world.emit(events.JobPreempted(job, 0.0))
        requeued = self._world.reconciler.requeue(ACCOUNT, job)
        self._moving.append(asyncio.get_running_loop().create_task(requeued, name=f"requeue {job}"))
