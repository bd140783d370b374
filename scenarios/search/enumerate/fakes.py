"""The table, balancer and control plane of a small world: each answer comes from `LazyState`.

Everything else is the product's own code: the gateway, the client, and the pod with its ledger.
"""

import asyncio
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from gateway_sim.balancer import Connection
from gateway_sim.client.job_manager import JobStatus, TrainerEndpoint
from gateway_sim.control_plane.jobs.states import JobState
from gateway_sim.job_states import JobLiveness
from gateway_sim.replicas import Dated, Lags, Replica
from gateway_sim.route_table import Change, History, Route, RouteKey
from gateway_sim.scenarios.search.enumerate.lazy_state import CONTROL_PLANE, ROUTE, TABLE, TOMBSTONE, LazyState
from gateway_sim.scenarios.search.enumerate.wire import HOP_S
from gateway_sim.scenarios.world.account import ACCOUNT, JOB

ADDRESS: Final = "pod-1:8000"
READY: Final = Route(ACCOUNT, JOB, 1, "READY", ADDRESS)
GONE: Final = Route(ACCOUNT, JOB, 1, "TOMBSTONE", "")


@dataclass(frozen=True)
class ReplicaLooked:
    """A gateway replica looked for the route, and sees "nothing", "the route" or "its tombstone"."""

    replica: str
    sees: str


def whole_history() -> History:
    """Return the publish and the delete as the table records them; a replica's view decides what it sees of them."""
    history = History()
    for at_s, route in enumerate((READY, GONE)):
        history.record(route, float(at_s))
    return history


class LazyView:
    """A replica's view, decided when the replica looks."""

    wavers: ClassVar[bool] = False
    """A replica goes on seeing a change that it has seen."""

    def __init__(self, state: LazyState, number: int, emit: Callable[[object], None]) -> None:
        self._state = state
        self._number = number
        self._emit = emit

    def sees(self, change: Dated, now_s: float, lags: Lags) -> bool:
        """Return whether the replica sees a change; the newest is asked for first and decides the older one too."""
        if isinstance(change, Change) and change.route is GONE:
            seen = self._state.look(self._number)
            self._emit(ReplicaLooked(f"gw-{self._number}", ("nothing", "the route", "its tombstone")[seen]))
            return seen == TOMBSTONE
        return self._state.seen[self._number] >= ROUTE

    def settles_at_s(self, change: Dated, lags: Lags) -> float:
        """Return infinity: the time is not known beforehand."""
        return math.inf


class LazyReplica(Replica):
    """A replica that also sees the routes it has read strongly."""

    def __init__(self, state: LazyState, number: int, history: History, emit: Callable[[object], None]) -> None:
        super().__init__(f"gw-{number}", history, LazyView(state, number, emit), random.Random(0))
        self._state = state
        self._number = number

    def learn(self, route: Route, now_s: float) -> None:
        """Record a route that was read strongly."""
        super().learn(route, now_s)
        self._state.learn(self._number, TOMBSTONE if route.state == "TOMBSTONE" else ROUTE)


class AnyReplica:
    """A balancer that may pick any replica for every request."""

    name: ClassVar[str] = "per-request"

    def __init__(self, state: LazyState) -> None:
        self._state = state

    def pick(self, connection: Connection | None, replicas: int) -> int:
        """Return the next replica."""
        return self._state.balance()


class Truth:
    """The strongly read table and the control plane, for the policies of gateway and client."""

    def __init__(self, state: LazyState) -> None:
        self._state = state

    async def strong_read(self, key: RouteKey) -> Route | None:
        """Return the route in the table."""
        await asyncio.sleep(HOP_S)
        return (READY, GONE)[self._state.ask("the table", TABLE)]

    async def liveness(self, key: RouteKey) -> JobLiveness:
        """Return whether the job runs."""
        await asyncio.sleep(HOP_S)
        return "gone" if self._state.ask("the control plane", CONTROL_PLANE) else "running"

    async def get(self, job: str) -> JobStatus:
        """Return the job's status."""
        deleted = await self.liveness(RouteKey(ACCOUNT, job)) == "gone"
        return JobStatus(ACCOUNT, job, (JobState.DELETED if deleted else JobState.RUNNING).value, incarnation=1)

    probe = get

    async def wait_for_existing(self, job: str, timeout_s: float = 0.0) -> TrainerEndpoint:
        """Return at once: before the first call the job runs and its route is written."""
        root = f"http://gateway:80/training/v1/rlorTrainerJobs/{ACCOUNT}/{JOB}"
        return TrainerEndpoint(root, ACCOUNT, JOB, incarnation=1)
