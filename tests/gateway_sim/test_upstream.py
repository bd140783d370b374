"""The gateway on real sockets: a caller, the gateway and a pod, each at its own port."""

import asyncio
import random
import socket
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import httpx
import pytest
import uvicorn

from gateway_sim.app import Gateway
from gateway_sim.balancer import PerRequest, RoundRobin
from gateway_sim.events import RequestForwarded, UpstreamFailed
from gateway_sim.miss_policies.not_found import NotFound
from gateway_sim.replicas import Fresh, Replica
from gateway_sim.route_table import History, Route
from gateway_sim.upstream import AiohttpUpstream, UpstreamFailure, _kept, _tell

HEADERS = {"x-api-key": "tml-acme"}
PATH = "/training/v1/rlorTrainerJobs/acme/job-1/api/v1/"


async def pod(scope, receive, send):
    """Answer by the path's last word: echo, tell what was heard, be slow, be silent, or die on the way."""
    pieces, more = [], True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    body, what = b"".join(pieces), scope["path"].rpartition("/")[2]

    async def begin(*headers, status=200):
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})

    async def go_on(piece, more=True):
        await send({"type": "http.response.body", "body": piece, "more_body": more})

    match what:
        case "redirect":
            await begin((b"location", b"http://pod.invalid/"), status=307)
            await go_on(b"", more=False)
        case "zipped":
            await begin((b"content-encoding", b"gzip"))
            await go_on(b"not gzip at all", more=False)
        case "cookies":
            await begin((b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"))
            await go_on(dict(scope["headers"]).get(b"cookie", b""), more=False)
        case "seen":
            await begin()
            lines = [name + b": " + value for name, value in scope["headers"]]
            lines.append(b"target: " + scope["raw_path"] + b"?" + scope["query_string"])
            await go_on(b"\n".join(lines), more=False)
        case "slow":
            await begin()
            await go_on(b"first")
            await scope["go"].wait()
            await go_on(b"last", more=False)
        case "endless":
            await begin()
            gone = asyncio.create_task(receive())
            while not gone.done():
                await go_on(b"more")
                await asyncio.sleep(0.01)
            scope["go"].set()
        case "dies-short" | "dies-long":
            await begin((b"content-length", b"100" if what == "dies-short" else b"100000"))
            await go_on(b"x" * 50)
            raise ConnectionAbortedError("the pod dies here")
        case "dies-unsaid":
            await begin()
            await go_on(b"x" * 50)
            raise ConnectionAbortedError("the pod dies here")
        case "silent":
            await receive()
        case "stalls-short" | "stalls-long":
            await begin((b"content-length", b"100" if what == "stalls-short" else b"100000"))
            await go_on(b"x" * 50)
            await receive()
        case _:
            await begin()
            await go_on(body, more=False)


@dataclass
class Net:
    """A caller's client, the gateway's address, and what the gateway told; `go` lets a slow pod end."""

    caller: httpx.AsyncClient
    front: str
    go: asyncio.Event
    told: list[Any]


@asynccontextmanager
async def served(app):
    """Serve an ASGI application on a port of 127.0.0.1 and give its address; connections are reset at the end."""
    config = uvicorn.Config(
        app, log_level="error", lifespan="off", access_log=False, date_header=False, server_header=False
    )
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.ensure_future(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells by a flag, not by an event
        await asyncio.sleep(0.005)
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        await serving


def tell(story, *, with_pod=True, silent_for_s=5.0, max_body_bytes=10_000_000):
    """Play a story on sockets of 127.0.0.1: a caller, the gateway and a pod."""

    async def play():
        upstream, go, told = AiohttpUpstream(silent_for_s), asyncio.Event(), []

        async def slow_pod(scope, receive, send):
            await pod({**scope, "go": go}, receive, send)

        async with AsyncExitStack() as servers:
            address = await servers.enter_async_context(served(slow_pod)) if with_pod else free_address()
            history = History()
            history.record(Route("acme", "job-1", 1, "READY", address), 0.0)
            gateway = Gateway(
                [Replica("gw-0", history, Fresh(), random.Random(0))],
                balancer=PerRequest(RoundRobin()),
                policy=NotFound(),
                upstream=upstream,
                keys={"tml-acme": "acme"},
                emit=told.append,
                max_body_bytes=max_body_bytes,
            )
            front = await servers.enter_async_context(served(gateway))
            servers.push_async_callback(upstream.close)
            caller = httpx.AsyncClient(base_url=f"http://{front}{PATH}", headers=HEADERS)
            return await story(Net(await servers.enter_async_context(caller), front, go, told))

    return asyncio.run(play())


async def refused(net, asked, status, slug):
    """Check that a call is answered by one clear problem+json, and that the gateway serves on."""
    answer = await asked
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert (told["type"], told["status"]) == (f"urn:gateway-sim:{slug}", status)
    assert (await net.caller.post("echo", content=b"next")).content == b"next"


def free_address():
    """Return an address of this machine at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"127.0.0.1:{taken.getsockname()[1]}"


def test_a_large_body_goes_there_and_comes_back():
    """Five megabytes, sent and answered in pieces, byte for byte."""
    sent = random.Random(0).randbytes(5_000_000)

    async def pieces():
        for start in range(0, len(sent), 300_000):
            yield sent[start : start + 300_000]

    async def story(net):
        return (await net.caller.post("echo", content=pieces())).content

    assert tell(story) == sent


def test_the_first_piece_arrives_before_the_last_is_made():
    """The pod goes on only when the caller has read its first piece."""

    async def story(net):
        async with net.caller.stream("POST", "slow") as answer:
            pieces = answer.aiter_raw()
            first = await asyncio.wait_for(anext(pieces), 5)
            net.go.set()
            return first, b"".join([piece async for piece in pieces])

    assert tell(story) == (b"first", b"last")


def test_a_pod_that_is_not_there_is_a_502():
    """Nothing listens at the route's address."""

    async def story(net):
        answer = await net.caller.post("echo")
        return answer.status_code, answer.json()["type"], answer.headers["cache-control"]

    assert tell(story, with_pod=False) == (502, "urn:gateway-sim:upstream-refused", "no-store")


def test_a_short_answer_that_breaks_off_is_a_502():
    """Half an answer is none, and the pod's failure is told."""

    async def story(net):
        await refused(net, net.caller.post("dies-short"), 502, "upstream-reset")
        return [event.kind for event in net.told if isinstance(event, UpstreamFailed)]

    assert tell(story) == ["reset"]


@pytest.mark.parametrize("what", ["dies-long", "dies-unsaid", "stalls-long"])
def test_a_long_answer_that_breaks_off_never_looks_whole(what):
    """The caller's connection breaks, whether or not a length was stated, and the gateway serves the next request."""

    async def story(net):
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await net.caller.post(what)
        return (await net.caller.post("echo", content=b"next")).content

    assert tell(story, silent_for_s=0.2) == b"next"


@pytest.mark.parametrize("what", ["silent", "stalls-short"])
def test_a_pod_that_says_nothing_has_timed_out(what):
    """Before its answer or in it: 504, and the caller does not wait for ever."""

    async def story(net):
        await refused(net, net.caller.post(what), 504, "upstream-timeout")

    tell(story, silent_for_s=0.2)


def test_a_body_that_turns_out_too_long_is_413():
    """The pod hears a body break off; the answer is the gateway's own, and no event blames the pod."""

    async def pieces():
        for _ in range(20):
            yield b"x" * 100_000

    async def story(net):
        await refused(net, net.caller.post("echo", content=pieces()), 413, "body-too-large")
        return [event for event in net.told if isinstance(event, UpstreamFailed)]

    assert tell(story, max_body_bytes=1_000_000) == []


def test_a_body_that_says_it_is_too_long_is_413():
    """Its two megabytes are on their way all the same, and the next request finds the connection in order."""

    async def story(net):
        await refused(net, net.caller.post("echo", content=b"x" * 2_000_000), 413, "body-too-large")

    tell(story, max_body_bytes=1_000_000)


def test_bad_input_costs_one_answer_and_not_the_gateway():
    """Whatever it is, the next request on the same connection is served."""
    bad = [
        ("/training/v1/rlorTrainerJobs/acme", {}, 400, "bad-path"),
        (PATH + "echo", {"x-api-key": "unknown"}, 401, "unknown-key"),
        (PATH.replace("acme", "globex") + "echo", {}, 403, "foreign-account"),
        (PATH.replace("job-1", "job-2") + "echo", {}, 404, "route-not-found"),
        (PATH + "echo", {"x-route-generation": "9" * 5000}, 400, "bad-generation"),
        ("/training/v1/nothing", {}, 404, "no-such-page"),
    ]

    async def story(net):
        for path, headers, status, slug in bad:
            asked = net.caller.post(f"http://{net.front}{path}", headers=headers, content=b"x")
            await refused(net, asked, status, slug)

    tell(story)


def test_a_caller_who_leaves_in_its_body_is_not_the_pods_failure():
    """It stated 1000 bytes, sent three, and went."""

    async def story(net):
        host, port = net.front.split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        head = f"POST {PATH}echo HTTP/1.1\r\nhost: x\r\nx-api-key: tml-acme\r\ncontent-length: 1000\r\n\r\n"
        writer.write(head.encode() + b"abc")
        async with asyncio.timeout(5):
            while not net.told:  # noqa: ASYNC110 - the gateway tells by a list
                await asyncio.sleep(0.01)
        writer.close()
        await writer.wait_closed()
        assert (await net.caller.post("echo", content=b"next")).content == b"next"
        await asyncio.sleep(0.05)
        return {type(event) for event in net.told}

    assert tell(story) == {RequestForwarded}


def test_a_caller_who_leaves_in_the_answer_lets_the_pod_go():
    """The pod hears that its caller has left, though it never stops sending."""

    async def story(net):
        async with net.caller.stream("POST", "endless") as answer:
            await anext(answer.aiter_raw())
        await asyncio.wait_for(net.go.wait(), 5)
        return (await net.caller.post("echo", content=b"next")).content

    assert tell(story) == b"next"


def test_nothing_is_done_to_an_answer_on_its_way():
    """Redirects are the caller's business, and an encoded body stays encoded."""

    async def story(net):
        redirect = await net.caller.post("redirect")
        async with net.caller.stream("POST", "zipped") as zipped:
            raw = b"".join([piece async for piece in zipped.aiter_raw()])
        return redirect.status_code, redirect.headers["location"], raw, zipped.headers["content-encoding"]

    assert tell(story) == (307, "http://pod.invalid/", b"not gzip at all", "gzip")


def test_cookies_pass_and_are_not_kept():
    """Each set-cookie by itself; the gateway's client has no jar in which callers would meet."""

    async def story(net):
        answer = await net.caller.post("cookies", headers={"cookie": "mine=1"})
        net.caller.cookies.clear()
        return answer.headers.get_list("set-cookie"), answer.content, (await net.caller.post("cookies")).content

    assert tell(story) == (["a=1", "b=2"], b"mine=1", b"")


def test_the_pod_sees_the_callers_words_and_none_of_the_proxys():
    """Path and query as they were encoded, headers byte for byte; the gateway's client signs nothing of its own."""

    async def story(net):
        headers = {
            "user-agent": "SDK/1",
            "accept": "x/y",
            "x-name": "Zoë".encode(),
            "fireworks-trainer": "globex/stolen@9",
        }
        return (await net.caller.post("a%2Fb%20c/seen?q=%41+1&q=%26", headers=headers)).content

    lines = [tuple(line.split(b": ", 1)) for line in tell(story).splitlines()]
    seen = dict(lines)
    assert len(lines) == len(seen)
    assert (seen[b"user-agent"], seen[b"accept"], seen[b"x-name"]) == (b"SDK/1", b"x/y", "Zoë".encode())
    assert seen[b"target"] == b"/api/v1/a%2Fb%20c/seen?q=%41+1&q=%26"
    assert seen[b"fireworks-trainer"] == b"acme/job-1@1"
    assert b"aiohttp" not in str(seen).lower().encode()


def test_a_request_that_is_open_when_its_upstream_is_closed_was_reset():
    """Whatever its client library makes of that."""

    async def play():
        async with served(pod) as address:
            upstream = AiohttpUpstream()
            asked = asyncio.ensure_future(upstream.open("GET", f"http://{address}/silent", [], b""))
            await asyncio.sleep(0.2)
            await upstream.close()
            with pytest.raises(UpstreamFailure) as failure:
                await asyncio.wait_for(asked, 20.0)
        assert failure.value.kind == "reset"

    asyncio.run(play())


@pytest.mark.parametrize("used", [False, True])
def test_a_closed_upstream_refuses_every_request(used):
    """A request that comes while its world ends opens no connection that nothing closes."""

    async def play():
        async with served(pod) as address:
            upstream = AiohttpUpstream()
            if used:
                reply = await upstream.open("GET", f"http://{address}/seen", [], b"")
                await reply.aclose()
            await upstream.close()
            with pytest.raises(UpstreamFailure) as failure:
                await upstream.open("GET", f"http://{address}/seen", [], b"")
        assert failure.value.kind == "refused"

    asyncio.run(play())


def test_the_connections_to_pods_are_as_many_as_there_are_requests_and_end_before_a_pod_ends_them():
    """A pod holds a poll for 40 s, and uvicorn closes an idle connection after 5 s."""

    async def play(upstream):
        session = upstream._begin()
        timeout, connector = session.timeout, session.connector
        await upstream.close()
        return timeout, connector

    timeout, connector = asyncio.run(play(AiohttpUpstream()))
    assert (timeout.total, timeout.sock_connect, timeout.sock_read) == (None, 5.0, 60.0)
    assert (connector.limit, connector.force_close) == (0, False)
    assert connector._keepalive_timeout == 4.0 < uvicorn.Config(pod).timeout_keep_alive
    assert asyncio.run(play(AiohttpUpstream(kept_idle_s=0.0)))[1].force_close


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (aiohttp.ClientConnectorError(None, OSError()), "refused"),
        (aiohttp.ConnectionTimeoutError(), "connect-timeout"),
        (aiohttp.SocketTimeoutError(), "timeout"),
        (TimeoutError(), "timeout"),
        (aiohttp.ServerDisconnectedError(), "reset"),
        (aiohttp.ClientPayloadError(), "reset"),
    ],
    ids=lambda value: str(type(value).__name__),
)
def test_each_error_of_the_client_library_is_a_kind_of_failure(error, kind):
    """By which the gateway knows whether a pod can have received the request."""
    with pytest.raises(UpstreamFailure) as failure:
        _tell(error)
    assert failure.value.kind == kind
    assert failure.value.nothing_was_sent is (kind in ("refused", "connect-timeout"))
    assert failure.value.status == (504 if "timeout" in kind else 502)
    assert "the pod" in str(failure.value)


def test_an_error_that_is_no_failure_of_a_pod_stays_what_it_is():
    """A defect of the gateway is not blamed on a pod."""
    with pytest.raises(KeyError):
        _tell(KeyError("x"))


def test_the_parsed_urls_that_are_kept_have_a_bound():
    """Callers choose them: a long one is parsed anew each time."""
    place = f"http://{free_address()}/"

    async def story():
        upstream = AiohttpUpstream()
        for path in ("short", "short", "x" * 513):
            with pytest.raises(UpstreamFailure):
                await upstream.open("GET", place + path, [], b"")
        await upstream.close()

    before = _kept.cache_info()
    asyncio.run(story())
    after = _kept.cache_info()
    assert (after.misses - before.misses, after.hits - before.hits, after.maxsize <= 4096) == (1, 1, True)


def test_a_connection_whose_answer_was_read_is_used_again():
    """A new one costs a round trip."""

    async def peer(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        await send({"type": "http.response.body", "body": b"%5d" % scope["client"][1]})

    async def play():
        async with served(peer) as address:
            upstream, ports = AiohttpUpstream(), []
            for _ in range(2):
                reply = await upstream.open("GET", f"http://{address}/", [], b"")
                ports.append(await reply.whole())
                await reply.aclose()
            await upstream.close()
        return ports

    first, second = asyncio.run(play())
    assert first == second
