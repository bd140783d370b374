"""Jobs that train through the gateway on GPUs that a cluster's scheduler gives them, takes from them and moves."""

import asyncio
import contextlib
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from gateway_sim.client.retry_policies import RetryPolicy
from gateway_sim.control_plane.events import JobRoutable, WorkEvicted, WorkMoved, WorkPlaced
from gateway_sim.control_plane.scheduling.cluster import Cluster
from gateway_sim.control_plane.scheduling.work import Rules, Work
from gateway_sim.miss_policies import MissPolicy
from gateway_sim.scenarios.engines.virtual.engine import VirtualEngine, VirtualLauncher
from gateway_sim.scenarios.orchestration.workloads.behind_gateway import behind_gateway
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.world.account import ACCOUNT
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.engine import Emitter
from gateway_sim.scenarios.world.own_user import one_user
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.scenarios.world.user import User

NEVER_S = 1e9
"""The modelled duration of a trainer's work, which ends with its user's script instead."""


class ClusterEngine(VirtualEngine):
    """The virtual engine; a pod starts only once its job is `placed` on a cluster."""

    def __init__(self, sandbox: Sandbox[Any]) -> None:
        super().__init__(sandbox.seeds, sandbox.trace.emitter)
        self.placed: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def launcher(self, settings: Settings, emitter: Emitter) -> VirtualLauncher:
        """Return a launcher that waits until a job has a GPU before it starts its pod."""
        return _OncePlaced(self, settings, emitter, self._scratch)


class _OncePlaced(VirtualLauncher):
    def __init__(self, engine: ClusterEngine, *rest: Any) -> None:
        super().__init__(engine, *rest)
        self._placed = engine.placed

    async def start(self, account: str, job: str, incarnation: int) -> str:
        await self._placed[job].wait()
        return await super().start(account, job, incarnation)


class Fleet:
    """One user for each of `jobs`; each job is work of one GPU and ends with its user's script."""

    def __init__(self, world: World, jobs: Sequence[str], placed: Mapping[str, asyncio.Event]) -> None:
        self.world = world
        self._placed = placed
        self._users: dict[str, User] = {job: one_user(world, f"client-{job}", self._counting(job), job) for job in jobs}
        self._reached: Counter[int] = Counter()
        self._together: dict[int, asyncio.Event] = defaultdict(asyncio.Event)
        self._cluster: Cluster | None = None
        self._requeued: list[asyncio.Task[object]] = []

    def submit(
        self, name: str, nodes: Mapping[str, int], rules: Rules, namespace: str = "default", *, resumes: bool = False
    ) -> Cluster:
        """Create every job and submit it to a new cluster, whose decisions are carried out on the pods."""
        emit = self._carrying_out(self.world.trace.emitter(name))
        self._cluster = Cluster(name, nodes, rules, emit=emit, moves_s=0.0, resumes=resumes)
        for job in self._users:
            self.world.reconciler.create(ACCOUNT, job)
            self._cluster.submit(Work(job, 1, NEVER_S, namespace))
        return self._cluster

    async def until_routable(self) -> None:
        """Wait until every job runs and every replica of the gateway knows its route."""
        for job in self._users:
            await self.world.until(JobRoutable, job=job)

    async def train(self) -> None:
        """Run all scripts to their ends."""
        await asyncio.gather(*(self._train(job, user) for job, user in self._users.items()))

    async def until_step(self, step: int) -> None:
        """Wait until this step of every job has been acknowledged."""
        await self._together[step].wait()

    async def close(self) -> None:
        """Close every user's client and connections."""
        for user in self._users.values():
            await user.close()

    def _carrying_out(self, emit: Callable[[object], None]) -> Callable[[object], None]:
        def emit_and_do(event: object) -> None:
            emit(event)
            match event:
                case WorkPlaced(work=job) if job in self._users:
                    self._placed[job].set()
                case WorkEvicted(work=job) if job in self._users:
                    self._placed[job].clear()
                    self._requeue(job)
                case WorkMoved(work=job) if job in self._users:
                    self._requeue(job)

        return emit_and_do

    def _counting(self, job: str) -> Callable[[object], None]:
        emit = self.world.trace.emitter(job)

        def emit_and_count(event: object) -> None:
            emit(event)
            if isinstance(event, events.StepAcknowledged):
                self._reached[event.step] += 1
                if self._reached[event.step] == len(self._users):
                    self._together[event.step].set()

        return emit_and_count

    async def _train(self, job: str, user: User) -> None:
        await user.train()
        if self._cluster is not None:
            self._cluster.complete(job)

    def _requeue(self, job: str) -> None:
        self.world.emit(events.JobPreempted(job, 0.0))
        requeued = self.world.reconciler.requeue(ACCOUNT, job)
        self._requeued.append(asyncio.get_running_loop().create_task(requeued, name=f"requeue {job}"))


@contextlib.asynccontextmanager
async def fleet_of(
    jobs: Sequence[str], sandbox: Sandbox[Any], settings: Settings, client: RetryPolicy, gateway: MissPolicy
) -> AsyncIterator[Fleet]:
    """Build a world whose pods wait for their places, with a user for each of these jobs."""
    engine = ClusterEngine(sandbox)

    async def user_of(world: World) -> Fleet:
        return Fleet(world, jobs, engine.placed)

    async with behind_gateway(sandbox, engine, settings, client, gateway, user_of) as world:
        assert isinstance(world.user, Fleet)
        yield world.user
