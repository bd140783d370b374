"""The gateway on real sockets: a caller, the gateway and a pod, each at its own port."""

from __future__ import annotations

import asyncio
import random
import socket

import httpx
import pytest

from gateway_sim.app import Gateway
from gateway_sim.balancer import PerRequest, RoundRobin
from gateway_sim.miss_policies.not_found import NotFound
from gateway_sim.replicas import Fresh, Replica
from gateway_sim.route_table import History, Route
from gateway_sim.upstream import AiohttpUpstream, UpstreamFailure
from scenarios.live.servers import Servers

HEADERS = {"x-api-key": "tml-acme"}
PATH = "/training/v1/rlorTrainerJobs/acme/job-1/api/v1/"


async def pod(scope, receive, send):
    """Answer by path: echo the body, stream slowly, stop in the middle, redirect, or set cookies."""
    pieces, more = [], True
    while more:
        message = await receive()
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    body, what = b"".join(pieces), scope["path"].rpartition("/")[2]
    headers = [(b"content-type", b"application/octet-stream")]
    if what == "break":
        headers.append((b"content-length", b"100000"))
    if what == "redirect":
        await send({"type": "http.response.start", "status": 307, "headers": [(b"location", b"http://pod.invalid/")]})
        await send({"type": "http.response.body", "body": b""})
        return
    if what == "zipped":
        headers.append((b"content-encoding", b"gzip"))
        body = b"not gzip at all"
    if what == "seen":
        body = b"\n".join(name + b": " + value for name, value in scope["headers"])
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if what == "slow":
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await scope["state_of_test"].wait()
        body = b"last"
    if what == "break":
        await send({"type": "http.response.body", "body": b"x" * 1000, "more_body": True})
        raise ConnectionAbortedError("the pod dies here")
    await send({"type": "http.response.body", "body": body})


def tell(story, *, with_pod=True):
    """Play a story with a caller's client, on sockets of 127.0.0.1; `go` lets a slow pod end."""

    async def play():
        servers, upstream, go = Servers("127.0.0.1"), AiohttpUpstream(), asyncio.Event()

        async def served(scope, receive, send):
            if scope["type"] == "http":
                await pod({**scope, "state_of_test": go}, receive, send)

        address = await servers.serve("pod", served) if with_pod else free_address()
        history = History()
        history.record(Route("acme", "job-1", 1, "READY", address), 0.0)
        gateway = Gateway(
            [Replica("gw-0", history, Fresh(), random.Random(0))],
            balancer=PerRequest(RoundRobin()),
            policy=NotFound(),
            upstream=upstream,
            keys={"tml-acme": "acme"},
            emit=lambda event: None,
        )
        front = await servers.serve("gateway", gateway)
        try:
            async with httpx.AsyncClient(base_url=f"http://{front}{PATH}", headers=HEADERS) as caller:
                return await story(caller, go)
        finally:
            await upstream.close()
            await servers.close()

    return asyncio.run(play())


def free_address():
    """Return an address of this machine at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"127.0.0.1:{taken.getsockname()[1]}"


def test_a_large_body_goes_there_and_comes_back():
    """Five megabytes, sent and answered in pieces, byte for byte."""
    sent = random.Random(0).randbytes(5_000_000)

    async def pieces():
        for start in range(0, len(sent), 300_000):
            yield sent[start : start + 300_000]

    async def story(caller, go):
        return (await caller.post("echo", content=pieces())).content

    assert tell(story) == sent


def test_the_first_piece_arrives_before_the_last_is_made():
    """The pod goes on only when the caller has read its first piece."""

    async def story(caller, go):
        async with caller.stream("POST", "slow") as answer:
            pieces = answer.aiter_raw()
            first = await asyncio.wait_for(anext(pieces), 5)
            go.set()
            return first, b"".join([piece async for piece in pieces])

    assert tell(story) == (b"first", b"last")


def test_a_pod_that_is_not_there_is_a_502():
    """Nobody listens at the route's address."""

    async def story(caller, go):
        answer = await caller.post("echo")
        return answer.status_code, answer.json()["type"]

    assert tell(story, with_pod=False) == (502, "urn:gateway-sim:upstream-refused")


def test_a_pod_that_dies_in_the_middle_never_looks_whole():
    """The caller's connection breaks, and the gateway serves the next request."""

    async def story(caller, go):
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await caller.post("break")
        return (await caller.post("echo", content=b"next")).content

    assert tell(story) == b"next"


def test_nothing_is_done_to_an_answer_on_its_way():
    """Redirects are the caller's business, and an encoded body stays encoded."""

    async def story(caller, go):
        redirect = await caller.post("redirect")
        async with caller.stream("POST", "zipped") as zipped:
            raw = b"".join([piece async for piece in zipped.aiter_raw()])
        return redirect.status_code, redirect.headers["location"], raw, zipped.headers["content-encoding"]

    assert tell(story) == (307, "http://pod.invalid/", b"not gzip at all", "gzip")


def test_the_pod_sees_the_callers_headers_and_none_of_the_proxys():
    """The client library of the gateway signs nothing of its own."""

    async def story(caller, go):
        return (await caller.post("seen", headers={"user-agent": "SDK/1", "accept": "x/y"})).text

    seen = dict(line.split(": ", 1) for line in tell(story).splitlines())
    assert (seen["user-agent"], seen["accept"]) == ("SDK/1", "x/y")
    assert seen["fireworks-trainer"] == "acme/job-1@1"
    assert "aiohttp" not in str(seen).lower()


def test_servers_answer_without_nagles_delay():
    """asyncio switches it off only for sockets that say they are TCP; 40 ms an answer hang on it."""

    async def play():
        servers = Servers("127.0.0.1")
        await servers.serve("pod", pod)
        listening = [s for server, _ in servers._running for one in server.servers for s in one.sockets]
        protocols = [s.proto for s in listening]
        await servers.close()
        return protocols

    assert asyncio.run(play()) == [socket.IPPROTO_TCP]


def test_an_upstream_that_is_closed_can_be_used_again():
    """Closing lets go of connections; it does not end the gateway."""

    async def play():
        upstream = AiohttpUpstream()
        for _ in range(2):
            with pytest.raises(UpstreamFailure):
                await upstream.open("GET", f"http://{free_address()}/", [], b"")
            await upstream.close()

    asyncio.run(play())
