"""The doors of a small world: where the gateway and the client look out, they are told what `LazyState` decides.

Everything behind the doors is the product's own code: proxy, finder, decisions and policies of the gateway, loops and
policies of the client, the ledger of the pod.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from client.job_manager import JobStatus, TrainerEndpoint
from client.sdk.transport import HttpCall, HttpReply, WireFailure
from gateway_sim.app import Gateway
from gateway_sim.balancer import Connection
from gateway_sim.job_states import JobStanding
from gateway_sim.replicas import Dated, Lags, Replica
from gateway_sim.route_table import Change, History, Route, RouteKey
from scenarios.search.enumerate.events import ReplicaLooked
from scenarios.search.enumerate.hops import HOP_S, Emit, hop
from scenarios.search.enumerate.lazy_state import CONTROL_PLANE, ROUTE, TABLE, TOMBSTONE, LazyState
from scenarios.world.account import ACCOUNT, JOB

ADDRESS: Final = "pod-1:8000"
READY: Final = Route(ACCOUNT, JOB, 1, "READY", ADDRESS)
GONE: Final = Route(ACCOUNT, JOB, 1, "TOMBSTONE", "")
HURRIED: Final = 25
"""From so many requests on nothing lags any more; a future that is asked for more than 20 times is known by then."""
MOST_REQUESTS: Final = 100
"""A run that has sent so many will not end."""


def whole_history() -> History:
    """Return the publish and the delete as the table will have seen them; what is seen of it by now, a view says."""
    history = History()
    for at_s, route in enumerate((READY, GONE)):
        history.record(route, float(at_s))
    return history


class Unfolded:
    """A replica's view: it sees as much as is decided when it looks."""

    def __init__(self, unfolding: LazyState, number: int, emit: Emit) -> None:
        self._unfolding = unfolding
        self._number = number
        self._emit = emit

    def sees(self, change: Dated, now_s: float, lags: Lags) -> bool:
        """Decide at the newest change, which is asked for first; the older one follows from that."""
        if isinstance(change, Change) and change.route is GONE:
            seen = self._unfolding.look(self._number)
            self._emit(ReplicaLooked(f"gw-{self._number}", ("nothing", "the route", "its tombstone")[seen]))
            return seen == TOMBSTONE
        return self._unfolding.seen[self._number] >= ROUTE

    def settles_at_s(self, change: Dated, lags: Lags) -> float:
        """Settle whenever it is decided: nobody can say beforehand."""
        return math.inf

    @property
    def wavers(self) -> bool:
        """Agree with itself: what was seen once stays seen."""
        return False


class UnfoldingReplica(Replica):
    """A replica whose knowledge from strong reads counts as seen."""

    def __init__(self, unfolding: LazyState, number: int, history: History, emit: Emit) -> None:
        super().__init__(f"gw-{number}", history, Unfolded(unfolding, number, emit), random.Random(0))
        self._unfolding = unfolding
        self._number = number

    def learn(self, route: Route, now_s: float) -> None:
        """Know a route that was read strongly."""
        super().learn(route, now_s)
        self._unfolding.learn(self._number, TOMBSTONE if route.state == "TOMBSTONE" else ROUTE)


class AnyReplica:
    """A balancer that may pick either, for every request."""

    name: ClassVar[str] = "per-request"

    def __init__(self, unfolding: LazyState) -> None:
        self._unfolding = unfolding

    def pick(self, connection: Connection | None, replicas: int) -> int:
        """Return the next replica."""
        return self._unfolding.balance()


class Truth:
    """The table read strongly, and the control plane: for the gateway's policies and for the client's."""

    def __init__(self, unfolding: LazyState) -> None:
        self._unfolding = unfolding

    async def strong_read(self, key: RouteKey) -> Route | None:
        """Return the route as it stands."""
        await asyncio.sleep(HOP_S)
        return (READY, GONE)[self._unfolding.ask("the table", TABLE)]

    async def standing(self, key: RouteKey) -> JobStanding:
        """Say whether the job runs."""
        await asyncio.sleep(HOP_S)
        return "gone" if self._unfolding.ask("the control plane", CONTROL_PLANE) else "running"

    async def get(self, job: str) -> JobStatus:
        """Return where the job stands."""
        deleted = await self.standing(RouteKey(ACCOUNT, job)) == "gone"
        return JobStatus(ACCOUNT, job, "JOB_STATE_DELETED" if deleted else "JOB_STATE_RUNNING", incarnation=1)

    async def probe(self, job: str) -> JobStatus:
        """Return where the job stands."""
        return await self.get(job)

    async def wait_for_existing(self, job: str, timeout_s: float = 0.0) -> TrainerEndpoint:
        """Return at once: the job runs, and its route is written, before the first call."""
        root = f"http://gateway/training/v1/rlorTrainerJobs/{ACCOUNT}/{JOB}"
        return TrainerEndpoint(root, ACCOUNT, JOB, incarnation=1)


class Network:
    """The client's transport: straight into the gateway's ASGI application, where either hop may lose a message.

    From the `HURRIED`-th request on whatever lags does so no longer, so that a poller without a pause gets to its end;
    `enough` is called where that is not one either.
    """

    def __init__(self, unfolding: LazyState, gateway: Gateway, emit: Emit, enough: Callable[[], None]) -> None:
        self._unfolding = unfolding
        self._gateway = gateway
        self._emit = emit
        self._sent = 0
        self._enough = enough

    async def send(self, pool: str, call: HttpCall) -> HttpReply:
        """Send one request. Raises `WireFailure` when it or its answer is lost."""
        url = urlsplit(call.url)
        path = url.path.partition(f"/{JOB}")[2]
        self._sent += 1
        if self._sent == HURRIED:
            self._unfolding.hurry()
        if self._sent > MOST_REQUESTS:
            self._enough()
        self._unfolding.call(path)
        await hop(self._unfolding, self._emit, "client to gateway", path, WireFailure("reset"))
        exchange = _Exchange(call)
        await self._gateway(exchange.scope(url.path), exchange.receive, exchange.send)
        await hop(self._unfolding, self._emit, "gateway to client", path, WireFailure("reset"))
        return HttpReply(exchange.status, exchange.headers, exchange.body)

    async def close(self) -> None:
        """Nothing is kept open."""


class _Exchange:
    """One request as ASGI sees it."""

    def __init__(self, call: HttpCall) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self._call = call

    def scope(self, path: str) -> dict[str, Any]:
        return {
            "type": "http", "method": self._call.method, "path": path, "raw_path": path.encode(), "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in self._call.headers.items()],
            "client": ("client", 1),
        }  # fmt: skip

    async def receive(self) -> dict[str, Any]:
        return {"type": "http.request", "body": self._call.body, "more_body": False}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message.get("body", b"")
