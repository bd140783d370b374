"""This project's gateway with a defect for each clause of the contract, which shows in that clause's job only."""

import asyncio
import gzip
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from gateway_sim.app import Gateway
from gateway_sim.balancer import PerRequest, RoundRobin
from gateway_sim.job_states import ControlPlaneStates
from gateway_sim.miss_policies import Miss, MissPolicy, Refuse, Wait
from gateway_sim.miss_policies.hold import Hold
from gateway_sim.miss_policies.later import gone, not_yet
from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from gateway_sim.miss_policies.not_found import NotFound
from gateway_sim.miss_policies.route_not_ready import RouteNotReady
from gateway_sim.route_table import RouteKey
from gateway_sim.scenarios.compare.contract.trial import FOREIGN
from gateway_sim.scenarios.world.account import ACCOUNT, API_KEY, KEYS
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.gateway import App, OwnGateway
from gateway_sim.upstream import Headers, Upstream, UpstreamFailure, UpstreamReply

NO_PATH = "form-of-a-bad-path"
"""The one clause whose request names no job."""
JOB = re.compile(r"/rlorTrainerJobs/[^/]+/([^/]+)/")
SOUND = LeasedGeneration(longest_s=2.0)


@dataclass
class Reply:
    """An answer that is kept until it is complete; `broken` says that it broke off."""

    status: int = 0
    headers: Headers = ()  # type: ignore[assignment]
    body: bytes = b""
    broken: bool = False


@dataclass(frozen=True)
class Late:
    """Holds every miss for so long, and then answers 503, or 404."""

    held_s: float
    final: bool = False
    name = "late"

    def on_miss(self, miss: Miss) -> Wait | Refuse:
        """Wait, then refuse."""
        if miss.waited_s < self.held_s:
            return Wait(self.held_s - miss.waited_s)
        return gone("route-gone", "late") if self.final else not_yet("late", 1.0)


@dataclass(frozen=True)
class Defect:
    """What is wrong for one job: the policy, the request before it is read, what is sent to the pod, the answer.

    `saw` is what the suite must say of it.
    """

    saw: str
    policy: MissPolicy = SOUND
    asked: Callable[[dict[str, Any]], None] | None = None
    sent: Callable[[Headers, Any], tuple[Headers, Any]] | None = None
    answered: Callable[[Reply], None] | None = None
    keys: tuple[tuple[str, str], ...] = tuple(KEYS.items())
    repeats: bool = False
    reads: bool = False


def without(*names: str) -> Callable[[dict[str, Any]], None]:
    """Return a defect that loses headers of a request."""
    lost = [name.encode() for name in names]

    def change(scope: dict[str, Any]) -> None:
        scope["headers"] = [(name, value) for name, value in scope["headers"] if name not in lost]

    return change


def with_key(scope: dict[str, Any]) -> None:
    """Take every request for one with a valid key."""
    without("x-api-key")(scope)
    scope["headers"].append((b"x-api-key", API_KEY.encode()))


def key_first(scope: dict[str, Any]) -> None:
    """Look at one of the two headers only."""
    if any(name == b"x-api-key" for name, _ in scope["headers"]):
        without("authorization")(scope)


def too_long(scope: dict[str, Any]) -> None:
    """Take a body for one above the limit."""
    without("content-length")(scope)
    scope["headers"].append((b"content-length", b"99999999999"))


def moved(old: bytes, new: bytes) -> Callable[[dict[str, Any]], None]:
    """Return a defect that changes a path."""

    def change(scope: dict[str, Any]) -> None:
        scope["raw_path"] = scope["raw_path"].replace(old, new)

    return change


def set_to(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Return a defect that changes a field of a request."""
    return lambda scope: scope.update({name: value})


def pod_gets(**headers: str) -> Callable[[Headers, Any], tuple[Headers, Any]]:
    """Return a defect that sets headers at the pod; "" loses them."""
    named = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}

    def change(sent: Headers, body: Any) -> tuple[Headers, Any]:
        kept = [(name, value) for name, value in sent if name not in named]
        return [*kept, *((name, value) for name, value in named.items() if value)], body

    return change


def body_of(text: bytes) -> Callable[[Headers, Any], tuple[Headers, Any]]:
    """Return a defect that sends another body to the pod."""
    return lambda headers, body: ([(n, v) for n, v in headers if n != b"content-length"], text)


def says(status: int | None = None, **headers: str) -> Callable[[Reply], None]:
    """Return a defect that changes the status and headers of an answer; "" loses them."""
    named = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}

    def change(reply: Reply) -> None:
        reply.status = status or reply.status
        kept = [(name, value) for name, value in reply.headers if name not in named]
        reply.headers = [*kept, *((name, value) for name, value in named.items() if value)]

    return change


def unpacked(reply: Reply) -> None:
    """Unpack a body, and leave its header."""
    reply.body = gzip.decompress(reply.body)


def last_cookie(reply: Reply) -> None:
    """Keep one header of each name."""
    reply.headers = list(dict(reply.headers).items())


def no_detail(reply: Reply) -> None:
    """Lose a problem's sentence."""
    reply.body = reply.body.replace(b'"detail"', b'"message"')


def looks_whole(reply: Reply) -> None:
    """Hide that an answer broke off."""
    reply.broken = False


def kept(reply: Reply) -> None:
    """Only keep the answer until it is complete."""


BARE, PAUSED = RouteNotReady(), RouteNotReady(retry_after_s=1.0)
NO_STORE = "with Cache-Control missing instead of no-store"
BROKEN = {
    "x-api-key": Defect("answered 401", asked=without("x-api-key")),
    "bearer": Defect("answered 401", asked=without("authorization")),
    "placeholder": Defect("answered 401", asked=key_first),
    "no-key": Defect("sent the request to the pod", asked=with_key),
    "unknown-key": Defect("sent the request to the pod", asked=with_key),
    "foreign-account": Defect("sent the request to the pod", keys=((API_KEY, FOREIGN),)),
    "body": Defect("sent 1 bytes to the pod", sent=body_of(b"x")),
    "large-body": Defect("answered 413", asked=too_long),
    "chunked-body": Defect("sent no body to the pod", sent=body_of(b"")),
    "compressed-answer": Defect("a body that is not compressed", answered=unpacked),
    "streamed-answer": Defect("passed on 0 bytes of a first chunk", answered=kept),
    "cut-answer": Defect("as a complete body", answered=looks_whole),
    "sent-once": Defect("sent a dispatch 2 times", repeats=True),
    "path": Defect("sent /v1/forward_backward", asked=moved(b"/api/v1/", b"/v1/")),
    "query": Defect("sent the query (none)", asked=set_to("query_string", b"")),
    "encoded-path": Defect("sent /api/v1/training_runs/run-1/checkpoints/weights/a/b", asked=moved(b"%2F", b"/")),
    "methods": Defect("to PUT, which did not arrive", asked=set_to("method", "POST")),
    "trainer": Defect("told the pod nothing", sent=pod_gets(fireworks_trainer="")),
    "forged-trainer": Defect("told the pod acme/other@7", sent=pod_gets(fireworks_trainer="acme/other@7")),
    "answers-of-the-pod": Defect("answered 503 where the pod answered 408", answered=says(503)),
    "redirect": Defect("answered 200 where the pod answered 302", answered=says(200)),
    "hop-by-hop-request": Defect(
        "sent proxy-authorization to the pod", sent=pod_gets(proxy_authorization="Basic eA==")
    ),
    "hop-by-hop-answer": Defect("sent x-pod-hop to the caller", answered=says(x_pod_hop="1")),
    "end-to-end-request": Defect("did not send x-idempotency-key", sent=pod_gets(x_idempotency_key="")),
    "end-to-end-answer": Defect("passed on the cookies ['b=2']", answered=last_cookie),
    "form-of-401": Defect(NO_STORE, asked=without("x-api-key"), answered=says(cache_control="")),
    "form-of-403": Defect("with Content-Type application/json", answered=says(content_type="application/json")),
    "form-of-a-miss": Defect("a problem without detail", answered=no_detail),
    "form-of-502": Defect("with Content-Type text/html", PAUSED, answered=says(content_type="text/html")),
    "form-of-503": Defect(NO_STORE, answered=says(cache_control="")),
    NO_PATH: Defect(NO_STORE, answered=says(cache_control="")),
    "deleted-connect": Defect("answered 503 instead of 404 or 410", BARE),
    "deleted-dispatch": Defect("answered 503", BARE),
    "deleted-sample": Defect("answered 503", BARE),
    "deleted-poll": Defect("answered 503", BARE),
    "deleted-heartbeat": Defect("answered 503", BARE),
    "deleted-health": Defect("answered 503", BARE),
    "deleted-other": Defect("answered 503", BARE),
    "unknown-connect": Defect("answered 503", Hold(longest_s=0.2)),
    "unknown-dispatch": Defect("answered 503", Hold(longest_s=0.2)),
    "unknown-sample": Defect("answered 503", Hold(longest_s=0.2)),
    "unknown-poll": Defect("answered 503", Hold(longest_s=0.2)),
    "unknown-heartbeat": Defect("answered 503", Hold(longest_s=0.2)),
    "unknown-health": Defect("answered 503", Hold(longest_s=0.2)),
    "unknown-other": Defect("held it: answered 404", Late(3.2, final=True)),
    "deleted-is-told": Defect("x-should-retry missing instead of false", NotFound()),
    "unknown-is-told": Defect("x-should-retry missing instead of false", NotFound()),
    "starting-connect": Defect("answered 404 instead of 503", NotFound()),
    "starting-dispatch": Defect("Retry-After missing", BARE),
    "starting-sample": Defect("Retry-After missing", BARE),
    "starting-poll": Defect("instead of holding it for a second", PAUSED),
    "starting-heartbeat": Defect("gave no complete answer within 10 s", Late(10.5)),
    "starting-health": Defect("gave no complete answer within 5 s", Late(5.5)),
    "starting-other": Defect("answered 404 instead of 503", NotFound()),
    "held-poll-is-forwarded": Defect("answered 503 though the pod came up", PAUSED),
    "stale-connect": Defect("answered 404 instead of the pod's answer or 503", NotFound()),
    "stale-dispatch": Defect("Retry-After missing", BARE),
    "stale-sample": Defect("answered 404", NotFound()),
    "stale-poll": Defect("instead of holding it for a second", PAUSED),
    "stale-heartbeat": Defect("answered 404", NotFound()),
    "stale-health": Defect("answered 404", NotFound()),
    "stale-other": Defect("answered 404", NotFound()),
    "strong-read": Defect("answered 404", NotFound()),
    "coalesced": Defect("times for 10 requests", reads=True),
    "generation": Defect("sent it to the pod of generation 1", asked=without("x-route-generation")),
    "old-tombstone": Defect("answered 404 instead of", Hold()),
    "detour-dispatch": Defect("answered 421", PAUSED),
    "detour-poll": Defect("answered 421", PAUSED),
    "closed-dispatch": Defect("answered 502", PAUSED),
    "closed-poll": Defect("answered 502", PAUSED),
    "deleted-unseen": Defect("answered 502 instead of 404 or 410", PAUSED),
    "unreachable": Defect("answered 404 instead of 502, 503 or 504", PAUSED, answered=says(404)),
    "unreadable-dispatch": Defect("answered 404", NotFound()),
    "unreadable-poll": Defect("instead of holding it for a second", PAUSED),
}
"""The defect that each clause must find, by the clause's name."""


class BrokenGateway(OwnGateway):
    """This project's gateway, with the defect of `BROKEN` for each job; the jobs are named as the clauses."""

    async def start(self, world: World) -> App:
        """Build a gateway for each defect, and return the application that chooses one by the job."""
        states = ControlPlaneStates(world.engine.upstream(), world.control_plane_address, API_KEY)

        def gateway(defect: Defect) -> App:
            return Gateway(
                world.replicas,
                balancer=PerRequest(RoundRobin()),
                policy=defect.policy,
                upstream=BrokenUpstream(world.upstream, defect),
                keys=dict(defect.keys),
                emit=world.trace.emitter("gateway"),
                primary=world.primary,
                job_states=states,
            )

        gateways = {name: gateway(defect) for name, defect in BROKEN.items()}

        async def serve(scope: Any, receive: Any, send: Any) -> None:
            named = JOB.search(scope["path"])
            name = named[1] if named else NO_PATH
            defect = BROKEN[name]
            if defect.reads:
                await world.primary.strong_read(RouteKey(ACCOUNT, name))
            if defect.asked is not None:
                scope = {**scope, "headers": list(scope["headers"])}
                defect.asked(scope)
            if defect.answered is None:
                await gateways[name](scope, receive, send)
            else:
                await _kept(gateways[name](scope, receive, (reply := _Keeper()).send), reply, defect.answered, send)

        return serve


class _Keeper:
    """The `send` of an application whose answer is kept."""

    def __init__(self) -> None:
        self.reply = Reply()

    async def send(self, message: Any) -> None:
        """Keep a message."""
        if message["type"] == "http.response.start":
            self.reply = replace(self.reply, status=message["status"], headers=list(message["headers"]))
        else:
            self.reply.body += message.get("body", b"")


async def _kept(serving: Awaitable[None], keeper: _Keeper, change: Callable[[Reply], None], send: Any) -> None:
    """Let the application answer, change the answer, and send it."""
    try:
        await serving
    except ConnectionAbortedError:
        keeper.reply.broken = True
    reply = keeper.reply
    change(reply)
    assert not reply.broken
    length = (b"content-length", str(len(reply.body)).encode())
    headers = [*((name, value) for name, value in reply.headers if name != b"content-length"), length]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


@dataclass(frozen=True)
class BrokenUpstream:
    """The gateway's client of its pods, with a defect."""

    inner: Upstream
    defect: Defect

    async def open(self, method: str, url: str, headers: Headers, body: Any) -> UpstreamReply:
        """Change a request and send it; perhaps again."""
        if self.defect.sent is not None:
            headers, body = self.defect.sent(headers, body)
        try:
            return await self.inner.open(method, url, headers, body)
        except UpstreamFailure as failure:
            if not self.defect.repeats or failure.kind == "refused":
                raise
            await asyncio.sleep(0)
            return await self.inner.open(method, url, headers, body)

    async def close(self) -> None:
        """Do nothing: the world closes the client."""
