"""The world of a race: its parts, and the verbs of a story."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from gateway_sim.balancer import Balancer
from gateway_sim.client.events import CallSent
from gateway_sim.client.retry_policies import RetryPolicy
from gateway_sim.client.sdk.profiles import SdkProfile
from gateway_sim.control_plane.events import JobMoved, PodPlaced
from gateway_sim.control_plane.jobs.app import ControlPlane
from gateway_sim.control_plane.jobs.leases import Leases
from gateway_sim.control_plane.jobs.pod_watch import PodWatch
from gateway_sim.control_plane.jobs.publisher import Publisher
from gateway_sim.control_plane.jobs.reconciler import Reconciler
from gateway_sim.control_plane.jobs.states import JobState
from gateway_sim.control_plane.scheduling.quotas import Quota
from gateway_sim.control_plane.scheduling.seats import Seats
from gateway_sim.miss_policies import MissPolicy
from gateway_sim.primary import TablePrimary
from gateway_sim.route_table import RouteKey, RouteTable
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.account import ACCOUNT, JOB, KEYS, NEIGHBOUR
from gateway_sim.scenarios.world.acknowledgements import AskedReplicas
from gateway_sim.scenarios.world.connection_limits import limited
from gateway_sim.scenarios.world.engine import Engine, PodDidNotStart
from gateway_sim.scenarios.world.fault import Fault, Undo
from gateway_sim.scenarios.world.faulty_primary import FaultyPrimary
from gateway_sim.scenarios.world.faulty_upstream import FaultyUpstream
from gateway_sim.scenarios.world.gateway import Instance, OwnGateway, RacedGateway
from gateway_sim.scenarios.world.ingress import Ingresses
from gateway_sim.scenarios.world.instance_outages import InstanceOutages
from gateway_sim.scenarios.world.lost_pods import PodOutages
from gateway_sim.scenarios.world.replicas import gateway_replicas, report_views
from gateway_sim.scenarios.world.saved import saved_by
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.scenarios.world.up_replicas import up_replicas_of
from gateway_sim.scenarios.world.user import TrainingScript

E = TypeVar("E")


@dataclass(frozen=True)
class Pairing:
    """The client's policy and SDK, the gateway's policy, and the kind of balancer."""

    client: RetryPolicy
    gateway: MissPolicy
    sdk: SdkProfile
    balance: str


class World:
    """The parts of a race on one engine, to be opened with `async with`; its verbs make a story."""

    def __init__(
        self,
        engine: Engine,
        seeds: Seeds,
        trace: Trace,
        pairing: Pairing,
        settings: Settings,
        user_of: Callable[[World], Awaitable[TrainingScript]],
        raced: RacedGateway | None = None,
    ) -> None:
        self.engine = engine
        self.seeds = seeds
        self.trace = trace
        self.pairing = pairing
        self.settings = settings
        self.emit = trace.emitter("world")
        self.began_s = asyncio.get_running_loop().time()
        self.requests = 0
        self._patience: asyncio.Timeout | None = None
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._user_of = user_of
        self._raced = raced or OwnGateway()
        self._user_task: asyncio.Task[None] | None = None
        self._lasting: list[Callable[[], None]] = []

    async def __aenter__(self) -> World:
        """Build the parts: table, replicas, control plane, gateway, user. If one fails, close the others."""
        await self.engine.__aenter__()
        try:
            await self._build()
        except BaseException as error:
            await self._raced.close()
            await self.engine.__aexit__(type(error), error, error.__traceback__)
            raise
        return self

    async def _build(self) -> None:
        self.engine.broken = self.end
        self.table = RouteTable(
            self.engine.dynamodb(),
            table_name=self.engine.table_name,
            emit=self.trace.emitter("table"),
            blocking=self.engine.blocking,
        )
        await self.engine.make(self.table)
        zero_s = self.engine.time_of_day_s() - asyncio.get_running_loop().time()
        self.replicas = gateway_replicas(self.settings, self.seeds, self.table.history, zero_s)
        self.upstream = FaultyUpstream(self.engine.upstream(self.settings.upstream_silent_s))
        self.ingresses = Ingresses(self.engine, self.settings.upstream_silent_s, self.settings.endpoints)
        self.up_replicas = up_replicas_of(self)
        pods = self.engine.launcher(self.settings, self.trace.emitter)
        self.reconciler = Reconciler(
            Publisher(self.table, self.ingresses.before if self.settings.endpoints > 1 else None, self._leases()),
            self._raced.launcher(self, pods),
            emit=self.trace.emitter("control-plane"),
            start_s=self.settings.start_s,
            fence_s=self.settings.fence_s,
            acknowledgements=AskedReplicas(self.replicas),
            seats=self._seats(),
        )
        self.pod_watch = pods.lost.watcher = PodWatch(
            self.reconciler,
            notice_s=self.settings.notice_s,
            restart=self.settings.restart,
            emit=self.trace.emitter("control-plane"),
        )
        self.pod_outages = PodOutages(pods)
        told, saved = self.trace.emitter("control-plane"), saved_by(pods, self.engine.blocking)
        self.control_plane = ControlPlane(self.reconciler, keys=KEYS, emit=told, saved=saved)
        self.control_plane_address = await self.engine.serve("control-plane", self.control_plane)
        self.primary = self._primary()
        try:
            self.raced = await self._raced.start(self)
            self.gateway = limited(self.raced, self.settings, self.engine.reset, self.trace.emitter("wire"))
            self.outages = InstanceOutages(self.instances, self.end)
            self.gateway_address = await self.engine.serve("gateway", self.gateway)
            # the gateway's addresses; some clients need control plane and gateway on one host
            self.gateway_fronts = [self.gateway_address]
            self.user = await self._user_of(self)
        except BaseException:
            await self.engine.drop(self.table)
            raise

    async def __aexit__(self, *error: object) -> None:
        """Close all parts, the user first, also if one fails; the trace ends with each replica's views."""
        report_views(self.replicas, self.table.history, self.began_s, self.emit)
        if self._user_task is not None:
            self._user_task.cancel()
            await asyncio.gather(self._user_task, return_exceptions=True)
        async with AsyncExitStack() as last_first:
            last_first.push_async_exit(self.engine.__aexit__)
            last_first.push_async_callback(self.engine.drop, self.table)
            for part in (self.reconciler, self.pod_watch, self.pod_outages, self._raced, self.outages, self.user):
                last_first.push_async_callback(part.close)

    def _seats(self) -> Seats | None:
        """Return the cluster with the account's quota; None without a quota."""
        quota = self.settings.quota
        return Seats(quota, [Quota(ACCOUNT, quota)], emit=self.trace.emitter("cluster")) if quota else None

    def _leases(self) -> Leases | None:
        """Return the leases of routes, which a control plane that is down does not renew; None without a lease."""
        lease_s, told = self.settings.lease_s, self.trace.emitter("control-plane")
        if not lease_s:
            return None
        return Leases(self.table, lease_s, self.engine.time_of_day_s, lambda: self.control_plane.outages > 0, told)

    def begin(self) -> None:
        """Set the world's time to 0, because the imports of a live engine are not part of the race."""
        loop = asyncio.get_running_loop()
        self.began_s = began_s = loop.time()
        self.trace.clock(lambda: loop.time() - began_s)

    async def play(self, story: Callable[[World], Awaitable[None]]) -> None:
        """Play a story to its end; report a hung run at the horizon or after too many requests of its clients."""
        try:
            async with asyncio.timeout(0 if self.over.done() else self.settings.horizon_s) as self._patience:
                await story(self)
        except TimeoutError:
            if not self.over.done():
                hung_s = asyncio.get_running_loop().time() - self.began_s
                self.emit(events.RunHung(round(hung_s, 6), self.requests))
        finally:
            self._patience = None  # no story is left that a part could end
        if self.over.done():
            await self.over

    def end(self, error: Exception) -> None:
        """End the story at once; `play` and `over` raise the first error."""
        if not self.over.done():
            self.over.set_exception(error)
            self.over.exception()  # an error that no story meets is not reported by the loop
        if self._patience is not None:
            self._patience.reschedule(asyncio.get_running_loop().time())

    @property
    def instances(self) -> Sequence[Instance]:
        """The gateway's processes, one a replica; empty for this project's own gateway."""
        return self._raced.instances

    async def start_job(self) -> None:
        """Create the job and wait until it is RUNNING: its pod is up and its route published.

        Raises `PodDidNotStart` with the pod's message if the job fails.
        """
        self.reconciler.create(ACCOUNT, JOB)
        moved = await self.until(JobMoved, state=frozenset({JobState.RUNNING.value, JobState.FAILED.value}))
        if moved.state == JobState.FAILED.value:
            raise PodDidNotStart(self.reconciler.get(ACCOUNT, JOB).message)

    def start_training(self) -> asyncio.Task[None]:
        """Start the user's script; the task ends with the script, with or without an error."""
        task = asyncio.get_running_loop().create_task(self.user.train(), name="the user's script")
        self._user_task = task
        return task

    async def until(self, kind: type[E], /, **fields: object) -> E:
        """Wait for an event of `kind` with these field values; an earlier one counts."""
        return await self.trace.until(kind, **fields)

    async def delete_job(self) -> None:
        """Delete the job for good: its pod stops, its route becomes a tombstone."""
        self.emit(events.JobDeleted(JOB))
        await self.reconciler.delete(ACCOUNT, JOB)

    def inject(self, fault: Fault) -> None:
        """Start a fault, and undo it after its `for_s` (None: at `lift_all`, if called)."""
        lift = partial(self._lift, fault.name, fault.begin(self))
        self.emit(events.FaultInjected(fault.name))
        if fault.for_s is not None:
            asyncio.get_running_loop().call_later(fault.for_s, lift)
        else:
            self._lasting.append(lift)

    def _lift(self, name: str, undo: Undo) -> None:
        undo()
        self.emit(events.FaultLifted(name))

    async def preempt_job(self, grace_s: float | None = None) -> None:
        """Preempt the job once its pod runs; the old pod stays reachable for `grace_s`, then the job gets another."""
        grace_s = self.settings.grace_s if grace_s is None else grace_s
        await self.reconciler.until_started(ACCOUNT, JOB)
        self.emit(events.JobPreempted(JOB, grace_s))
        await self.reconciler.requeue(ACCOUNT, JOB, grace_s)

    async def drain_job(self, grace_s: float | None = None) -> None:
        """Mark the job's pod as draining once it runs; it serves for `grace_s`, and then the job is moved."""
        grace_s = self.settings.grace_s if grace_s is None else grace_s
        await self.reconciler.until_started(ACCOUNT, JOB)
        self.emit(events.PodDrained(JOB, grace_s))
        await self.reconciler.drain(ACCOUNT, JOB, grace_s)

    async def start_neighbour(self) -> None:
        """Start another job of the account, which has no client."""
        self.reconciler.create(ACCOUNT, NEIGHBOUR)
        await self.until(JobMoved, state=JobState.RUNNING.value, job=NEIGHBOUR)
        placed = [entry.event for entry in self.trace.of(PodPlaced)]
        if placed[-1].address in [other.address for other in placed[:-1]]:
            self.emit(events.AddressReused(NEIGHBOUR, placed[-1].address))

    async def deliver_late_delete(self, generation: int) -> None:
        """Delete the route of an old generation, as a delayed delete does."""
        changed = await self.table.withdraw(RouteKey(ACCOUNT, JOB), generation)
        self.emit(events.DeleteCameLate(JOB, generation, changed))

    def lift_all(self) -> None:
        """Undo every fault without a duration, the newest first."""
        while self._lasting:
            self._lasting.pop()()

    async def until_running(self, incarnation: int) -> None:
        """Wait until this incarnation of the job is RUNNING."""
        await self.until(JobMoved, state=JobState.RUNNING.value, job=JOB, incarnation=incarnation)

    def counted(self, emit: Callable[[object], None]) -> Callable[[object], None]:
        """Return `emit` with a count of the client's requests, so that a busy poller ends its world."""

        def counted(event: object) -> None:
            emit(event)
            if isinstance(event, CallSent):
                self.requests += 1
                if self.requests == self.settings.most_requests and self._patience is not None:
                    self._patience.reschedule(asyncio.get_running_loop().time())

        return counted

    def _primary(self) -> FaultyPrimary:
        primary = FaultyPrimary(TablePrimary(self.table, self.settings.strong_read_s), self.emit)
        if self.settings.no_strong_read:
            primary.block(self.settings.no_strong_read)
        return primary

    def balancer(self) -> Balancer:
        """Return the balancer that assigns requests to replicas as the pairing and the settings name."""
        return self.up_replicas
