"""A real route table in moto, and a gateway in front of a pod that a test writes as an ASGI function."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import pytest
from moto import mock_aws

from gateway_sim.admission import Admission
from gateway_sim.app import Gateway
from gateway_sim.balancer import PerRequest, RoundRobin
from gateway_sim.endpoints import Ejection
from gateway_sim.job_states import JobStates
from gateway_sim.miss_policies import MissPolicy
from gateway_sim.miss_policies.not_found import NotFound
from gateway_sim.repeats import Repeats
from gateway_sim.replicas import Fresh, Replica, View
from gateway_sim.route_table import History, Route, RouteTable, dynamodb_client
from gateway_sim.upstream import Headers, UpstreamFailure
from tests import clock

T = TypeVar("T")
Leaving = Literal["at once", "in its body", "in the answer"]
KEY = "tml-acme"
PREFIX = "/training/v1/rlorTrainerJobs/acme/job-1/"


@pytest.fixture
def on_a_table() -> Iterator[Callable[[Callable[[RouteTable, list[Any]], Awaitable[T]]], T]]:
    """Play a story on virtual time with a real, empty route table and the list of what it tells."""
    with mock_aws():

        def tell(story: Callable[[RouteTable, list[Any]], Awaitable[T]]) -> T:
            async def play() -> T:
                told: list[Any] = []
                table = RouteTable(dynamodb_client(None), emit=told.append)
                await table.create()
                try:
                    return await story(table, told)
                finally:
                    await table.drop()

            return clock.run(play())

        yield tell


@dataclass
class Answer:
    """What a caller of the gateway got: the status, the headers by lower-case name, and the body's pieces."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    pieces: list[bytes] = field(default_factory=list)
    whole: bool = False

    @property
    def body(self) -> bytes:
        """Return the whole body."""
        return b"".join(self.pieces)


@dataclass
class ScriptedReply:
    """A pod's answer as the gateway's upstream sees it; an exception among the chunks is raised in its turn."""

    status: int = 200
    headers: Headers = field(default_factory=list)
    script: list[bytes | Exception] = field(default_factory=lambda: [b"{}"])
    closed: bool = False

    @property
    def chunks(self) -> AsyncIterator[bytes]:
        """Give the script, piece by piece."""

        async def read() -> AsyncIterator[bytes]:
            for piece in self.script:
                if isinstance(piece, Exception):
                    raise piece
                await asyncio.sleep(0)
                yield piece

        return read()

    async def whole(self) -> bytes:
        """Give the script in one piece."""
        return b"".join([piece async for piece in self.chunks])

    async def aclose(self) -> None:
        """Note that the gateway let go."""
        self.closed = True


@dataclass
class ScriptedUpstream:
    """The one fake, at the gateway's door to its pods: it notes what was asked, and answers or fails by its script."""

    reply: ScriptedReply = field(default_factory=ScriptedReply)
    fails: UpstreamFailure | None = None
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    async def open(self, method: str, url: str, headers: Headers, body: bytes | AsyncIterator[bytes]) -> ScriptedReply:
        """Read the request whole, then do as the script says; a body that fails is a connection that fails."""
        try:
            sent = body if isinstance(body, bytes) else b"".join([piece async for piece in body])
        except Exception as error:
            raise UpstreamFailure("reset") from error
        self.asked.append((method, url, {k.decode(): v.decode() for k, v in headers}, sent))
        if self.fails is not None:
            raise self.fails
        return self.reply

    async def close(self) -> None:
        """Nothing is kept open."""


@dataclass
class Lab:
    """A gateway over scripted pods; `events` is what it told."""

    upstream: ScriptedUpstream = field(default_factory=ScriptedUpstream)
    policy: MissPolicy = field(default_factory=NotFound)
    views: list[View] = field(default_factory=lambda: [Fresh()])
    routes: list[tuple[float, Route]] = field(
        default_factory=lambda: [(0.0, Route("acme", "job-1", 3, "READY", "pod:1"))]
    )
    max_body_bytes: int = 1000
    primary: RouteTable | None = None
    job_states: JobStates | None = None
    admission: Admission | None = None
    repeats: Repeats | None = None
    ejection: Ejection = field(default_factory=Ejection)
    events: list[Any] = field(default_factory=list)

    def gateway(self) -> Gateway:
        """Build the gateway, with the routes in its history."""
        history = History()
        for at_s, route in self.routes:
            history.record(route, at_s)
        replicas = [Replica(f"gw-{n}", history, view, random.Random(n)) for n, view in enumerate(self.views)]
        return Gateway(
            replicas,
            balancer=PerRequest(RoundRobin()),
            policy=self.policy,
            upstream=self.upstream,
            keys={KEY: "acme", "other-key": "globex"},
            emit=self.events.append,
            max_body_bytes=self.max_body_bytes,
            primary=self.primary,
            job_states=self.job_states,
            admission=self.admission,
            repeats=self.repeats,
            ejection=self.ejection,
        )

    def ask(self, path: str = PREFIX + "api/v1/get_info", **asked: Any) -> Answer:
        """Send one request to a new gateway on virtual time and return what came back."""
        return clock.run(self.send(self.gateway(), path, **asked))

    async def send(self, gateway: Gateway, path: str = PREFIX + "api/v1/get_info", **asked: Any) -> Answer:
        """Send one request to this gateway."""
        return await send(gateway, path, **asked)


async def send(
    app: Any,
    path: str,
    *,
    method: str = "POST",
    headers: dict[str, str] | None = None,
    body: list[bytes] | None = None,
    query: str = "",
    key: str | None = KEY,
    leaves: Leaving | None = None,
    peer: int = 1,
) -> Answer:
    """Send one raw ASGI request; `body` comes in these pieces, and the caller stays to the end unless it `leaves`."""
    pieces = list(body if body is not None else [b"{}"])
    named = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    if key is not None:
        named.append((b"x-api-key", key.encode()))
    answer, gone = Answer(), asyncio.Event()
    if leaves == "at once":
        pieces.clear()

    async def receive() -> dict[str, Any]:
        if pieces:
            piece = pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(pieces) or leaves == "in its body"}
        if leaves not in ("at once", "in its body"):
            await gone.wait()
        return {"type": "http.disconnect"}

    async def take(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {k.decode().lower(): v.decode() for k, v in message["headers"]}
        else:
            assert not answer.whole, "the answer goes on after its end"
            answer.pieces.append(message.get("body", b""))
            answer.whole = not message.get("more_body", False)
            if leaves == "in the answer":
                gone.set()

    scope = {
        "type": "http", "http_version": "1.1", "method": method, "scheme": "http", "path": path.partition("?")[0],
        "raw_path": path.encode(), "query_string": query.encode(), "headers": named, "client": ("caller", peer),
        "server": ("gateway", 80), "root_path": "", "asgi": {"version": "3.0"},
    }  # fmt: skip
    await app(scope, receive, take)
    return answer


@pytest.fixture
def lab() -> Lab:
    """Give a gateway that knows the route of acme/job-1 at generation 3."""
    return Lab()
