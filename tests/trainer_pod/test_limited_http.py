"""Requests as an attacker writes them, byte for byte, to a real server with small limits."""

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn

from gateway_sim.trainer_pod.http_limits import HttpLimits
from gateway_sim.trainer_pod.limited_http import LimitedServer, protocol

SMALL = HttpLimits(connections=3, head_bytes=2000, headers=20, path_bytes=300, head_s=0.5, body_s=0.5, write_s=1.0)
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"


class Echo:
    """An application that notes each request's body, and answers with it."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.left = 0
        self.connections: set[Any] = set()
        """Those of the server, while it serves."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer with the body."""
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.left += 1
                return
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        self.bodies.append(body)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})


def attacked(
    story: Callable[[int, Echo], Awaitable[Any]], limits: HttpLimits = SMALL, app: Any = None, **how: bool
) -> Any:
    """Play a story against a server on a free port."""

    async def play() -> Any:
        echo = app or Echo()
        http: Any = protocol(limits, **how)
        server = LimitedServer(uvicorn.Config(echo, port=0, http=http, lifespan="off", ws="none", log_level="critical"))
        server.capture_signals = lambda: contextlib.nullcontext()  # type: ignore[method-assign]
        if isinstance(echo, Echo):
            echo.connections = server.server_state.connections
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn sets a flag, no event
            await asyncio.sleep(0.01)
        try:
            return await asyncio.wait_for(story(server.servers[0].sockets[0].getsockname()[1], echo), 20.0)
        finally:
            server.should_exit = server.force_exit = True
            await serving

    return asyncio.run(play())


async def sent(port: int, *pieces: bytes) -> bytes:
    """Send bytes, and return what comes until the server closes, or has been quiet for a moment."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    got = b""
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.02)
        while piece := await asyncio.wait_for(reader.read(65536), 5.0):
            got += piece
            if got.startswith(b"HTTP/1.1 200"):
                break
    finally:
        writer.close()
    return got


def refused(*requests: bytes | tuple[bytes, ...], **how: bool) -> tuple[list[tuple[int, str]], list[bytes]]:
    """Send each request (or its pieces) on a connection of its own.

    Return status and kind of problem ("" for none) of each, and the bodies that reached the application.
    """

    async def story(port: int, echo: Echo) -> tuple[list[bytes], list[bytes]]:
        each = [request if isinstance(request, tuple) else (request,) for request in requests]
        return [await sent(port, *pieces) for pieces in each], echo.bodies

    answers, bodies = attacked(story, dataclasses.replace(SMALL, connections=100), **how)
    return [kind_of(raw) for raw in answers], bodies


def kind_of(raw: bytes) -> tuple[int, str]:
    """Return status and kind of problem of an answer."""
    head, _, body = raw.partition(b"\r\n\r\n")
    if raw.startswith(b"HTTP/1.1 200"):
        return 200, ""
    assert b"application/problem+json" in head, raw
    assert b"connection: close" in head
    return int(raw[9:12]), json.loads(body)["type"].rpartition(":")[2]


AMBIGUOUS = (
    POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
    POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    POST + b"Content-Length: 2, 2\r\n\r\n{}",
    POST + b"Content-Length: +2\r\n\r\n{}",
    POST + b"Content-Length: 0x2\r\n\r\n{}",
    POST + b"Content-Length: 4\r\n" + CHUNKED,
    POST + CHUNKED.replace(b"\r\n\r\n2", b"\r\nContent-Length: 4\r\n\r\n2"),
    POST + CHUNKED.replace(b"chunked", b"xchunked"),
    POST + CHUNKED.replace(b"chunked", b"chunked, identity"),
    POST + CHUNKED.replace(b": chunked", b" : chunked"),
    POST + CHUNKED.replace(b" chunked", b" \x0bchunked"),
    POST + CHUNKED.replace(b" chunked", b"\r\n chunked"),
    POST + b"Transfer-Encoding: chunked\r\n" + CHUNKED,
    POST + CHUNKED.replace(b"2\r\n{}", b"zz\r\n{}"),
    POST + CHUNKED.replace(b"2\r\n{}", b"-2\r\n{}"),
    POST + CHUNKED.replace(b"2\r\n{}", b"fffffffffffffffff\r\n{}"),
    POST + CHUNKED.replace(b"{}\r\n", b"{}xx"),
    POST.replace(b"1.1", b"1.0") + CHUNKED,
    GET + b"X-Folded: a\r\n b\r\n\r\n",
    GET.replace(b"\r\n", b"\n") + b"\n",
    GET + b"X-Nul: a\x00b\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
)
"""Requests that two servers would read differently, or that are no HTTP/1.1."""


def test_a_request_that_two_servers_would_read_differently_is_refused() -> None:
    """Smuggling lives from it. The application never sees a whole body of such a request."""
    assert refused(*AMBIGUOUS) == ([(400, "bad-http")] * len(AMBIGUOUS), [])


def test_of_the_transfer_encodings_only_chunked_is_read() -> None:
    """A body that is gzip inside would be passed on as if it were plain."""
    compressed = POST + CHUNKED.replace(b"chunked", b"gzip, chunked")
    assert refused(compressed, POST + CHUNKED) == ([(501, "unknown-transfer-encoding"), (200, "")], [b"{}"])


def test_a_page_of_another_site_reaches_nothing() -> None:
    """Neither by its own name for 127.0.0.1 nor as itself; a link to a page of ours may be followed."""
    cases = [
        (b"GET / HTTP/1.1\r\n\r\n", (400, "bad-host")),
        (GET + b"Host: other\r\n\r\n", (400, "bad-host")),
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", (421, "foreign-host")),
        (b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n", (421, "foreign-host")),
        (GET + b"Origin: http://evil.example\r\n\r\n", (403, "foreign-origin")),
        (GET + b"Origin: null\r\n\r\n", (403, "foreign-origin")),
        (GET + b"Origin: http://localhost:3000\r\n\r\n", (403, "foreign-origin")),
        (GET + b"Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n\r\n", (403, "foreign-origin")),
        (POST + b"Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n\r\n", (403, "foreign-origin")),
        (GET + b"Origin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n\r\n", (200, "")),
        (GET + b"Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n\r\n", (200, "")),
        (b"GET / HTTP/1.0\r\n\r\n", (200, "")),
    ]
    assert refused(*(case for case, _ in cases))[0] == [refusal for _, refusal in cases]


def test_what_only_passes_requests_on_takes_every_host_and_every_origin() -> None:
    """A pod takes what the gateway before it sends, a front of gateways what a caller of theirs sends."""
    foreign = b"GET / HTTP/1.1\r\nHost: evil.example\r\n"
    sent_by_a_page = foreign + b"Origin: http://a.example\r\n\r\n"
    assert refused(foreign + b"\r\n", sent_by_a_page, any_host=True)[0] == [(200, ""), (403, "foreign-origin")]
    assert refused(sent_by_a_page, any_host=True, any_origin=True)[0] == [(200, "")]


def test_a_head_has_a_limit() -> None:
    """Refused before it is complete, and the refusal is readable though the caller still sends."""
    cases = [
        ((GET + b"X: " + b"a" * 3000 + b"\r\n\r\n",), (431, "head-too-large")),
        ((GET, b"X: " + b"a" * 1500, b"a" * 1500), (431, "head-too-large")),
        ((GET, b"X: " + b"a" * 3_000_000), (431, "head-too-large")),
        ((GET + b"".join(b"X-%d: a\r\n" % n for n in range(30)) + b"\r\n",), (431, "too-many-headers")),
        ((b"GET /" + b"a" * 400 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",), (414, "path-too-long")),
        ((GET + b"X: " + b"a" * 1000 + b"\r\n\r\n",), (200, "")),
    ]
    assert refused(*(pieces for pieces, _ in cases))[0] == [refusal for _, refusal in cases]


def test_a_long_body_in_the_same_packet_is_no_long_head() -> None:
    """Two requests at once, each with a head of some bytes."""
    one = POST + b"Content-Length: 3000\r\n\r\n" + b"x" * 3000
    assert refused(one + one)[0] == [(200, "")]


def test_a_head_that_begins_behind_a_long_body_is_no_long_head() -> None:
    """The packet has the end of one request and the first bytes of the next."""

    async def story(port: int, echo: Echo) -> bytes:
        head, last = POST + b"Content-Length: 3000\r\n\r\n", b"x" * 3000
        return await sent(port, head, last + GET[:8], GET[8:] + b"\r\n")

    assert attacked(story).count(b"HTTP/1.1 200 OK") == 2


@pytest.mark.slow
def test_a_caller_that_takes_too_long_is_told() -> None:
    """408, in the middle of a line, of a head and of a body."""
    slow = ((b"GET / HT",), (GET, b"X: a\r\n"), (POST + b"Content-Length: 9\r\n\r\n", b"{"))
    assert refused(*slow)[0] == [(408, "too-slow")] * 3


@pytest.mark.slow
def test_a_caller_that_sends_nothing_and_one_that_reads_nothing_are_left() -> None:
    """The first is closed as an idle connection is, the second when it has taken no byte for a while."""

    async def large(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(1000):
            await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})

    async def story(port: int, _: Any) -> list[bytes]:
        silent, idle = await asyncio.open_connection("127.0.0.1", port)
        deaf, asking = await asyncio.open_connection("127.0.0.1", port, limit=1000)
        asking.write(GET + b"\r\n")
        heard = await silent.read()
        await asyncio.sleep(4.0)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await deaf.readexactly(90_000_000)
        asking.close()
        idle.close()
        return [heard]

    assert attacked(story, app=large) == [b""]


def test_there_are_only_so_many_connections() -> None:
    """The one too many is told and closed, also if it does not leave; when another leaves, there is room again."""

    async def story(port: int, echo: Echo) -> list[bytes]:
        kept = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        for reader, writer in kept:
            writer.write(GET + b"\r\n")
            assert (await reader.readuntil(b"\r\n\r\n"))[:12] == b"HTTP/1.1 200"
        first = await sent(port, GET + b"\r\n")
        patient, waiting = await asyncio.open_connection("127.0.0.1", port)
        assert (await patient.read())[:12] == b"HTTP/1.1 503"
        while len(echo.connections) > 3:  # noqa: ASYNC110 - no event tells it
            await asyncio.sleep(0.01)
        waiting.close()
        kept[0][1].close()
        await asyncio.sleep(0.1)
        second = await sent(port, GET + b"\r\n")
        for _, writer in kept[1:]:
            writer.close()
        return [first[:12], second[:12]]

    assert attacked(story) == [b"HTTP/1.1 503", b"HTTP/1.1 200"]


def test_a_refusal_never_stands_inside_another_answer() -> None:
    """A second request that is no HTTP ends the connection; the first answer is cut, and not mixed with the refusal."""

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b"x" * 10, "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass

    async def story(port: int, _: Any) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET + b"\r\n")
        got = await reader.readuntil(b"x" * 10)
        writer.write(b"no HTTP at all\r\n\r\n")
        got += await reader.read()
        writer.close()
        return got

    assert attacked(story, app=slow).count(b"HTTP/1.1") == 1


def test_what_follows_an_upgrade_is_not_read_as_another_request() -> None:
    """No second protocol is spoken, so the connection ends with the answer."""

    async def story(port: int, echo: Echo) -> tuple[bytes, int]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n" + GET + b"\r\n")
        got = await reader.read()
        writer.close()
        return got, len(echo.bodies)

    got, served = attacked(story)
    assert (got.count(b"HTTP/1.1"), served) == (1, 1)


def test_a_refusal_after_requests_that_wait_for_their_turn_ends_the_connection() -> None:
    """The answer of the one in progress is not mixed with the refusal; its application writes into no closed end."""

    async def story(port: int, echo: Echo) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET + b"\r\n" + GET + b"\r\n" + GET + b"\r\n" + b"no HTTP\r\n\r\n")
        got = await reader.read()
        writer.close()
        return got

    assert attacked(story) in (b"", b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")


def test_a_body_after_an_upgrade_is_read_whole() -> None:
    """Clients that try HTTP/2 send one with their first request; a parser would drop its body."""
    asks = POST + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nContent-Length: 10\r\n\r\n"
    cases = (asks + b"0123456789", (asks + b"01234", b"567", b"89"), asks + b"0123456789" + GET + b"\r\n")
    assert refused(*cases) == ([(200, "")] * 3, [b"0123456789"] * 3)
    chunked = POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\n" + CHUNKED
    assert refused(chunked)[0] == [(501, "no-other-protocol")]


def test_an_application_is_told_that_a_refused_caller_is_gone() -> None:
    """It must not wait for the rest of a body that will never be read."""

    async def story(port: int, echo: Echo) -> int:
        await sent(port, POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", b"zz\r\n")
        await asyncio.sleep(0.05)
        return echo.left

    assert attacked(story) == 1


def test_a_refused_caller_is_not_told_to_go_on() -> None:
    """Its `Expect: 100-continue` was not answered yet when the next bytes were no HTTP."""

    async def story(port: int, echo: Echo) -> bytes:
        asks = POST + b"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
        return await sent(port, asks)

    assert kind_of(attacked(story)) == (400, "bad-http")


@pytest.mark.parametrize(("bytes_more", "refusal"), [(0, (200, "")), (1, (431, "head-too-large"))])
def test_a_head_is_counted_with_its_colons_and_line_ends(bytes_more: int, refusal: tuple[int, str]) -> None:
    """Where its body comes in the same packet: path and headers of exactly the limit pass, one byte more does not."""
    head = POST + b"Content-Length: 1000\r\n" + b"".join(b"X-%02d: a\r\n" % n for n in range(15))
    counted = len(head) - len(b"POST  HTTP/1.1\r\n") + len(b"X: \r\n")
    long = b"X: " + b"a" * (SMALL.head_bytes - counted + bytes_more) + b"\r\n"
    assert refused(head + long + b"\r\n" + b"x" * 1000)[0] == [refusal]


TIMES = HttpLimits(head_s=10.0, body_s=20.0, write_s=30.0)


async def connection_of(echo: Echo, reached: Callable[[Any], bool] = bool) -> Any:
    """Return the server's one connection, once it has reached this."""
    while not (found := [one for one in echo.connections if reached(one)]):  # noqa: ASYNC110 - no event tells it
        await asyncio.sleep(0.01)
    return found[0]


@pytest.mark.parametrize(
    ("sends", "limit_s", "answer"),
    [
        (b"GET / HT", TIMES.head_s, (408, "too-slow")),
        (POST + b"Content-Length: 9\r\n\r\n{", TIMES.body_s, (408, "too-slow")),
        (b"", TIMES.head_s, None),
    ],
)
def test_a_caller_has_the_time_of_the_limit_and_not_more(
    sends: bytes, limit_s: float, answer: tuple[int, str] | None
) -> None:
    """From the beginning of what it is late with; a connection without a request is closed and not answered."""

    async def story(port: int, echo: Echo) -> tuple[bool, bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sends)
        begun = "body" if sends.startswith(POST) else "head"
        connection = await connection_of(echo, lambda one: one._reading == begun and bool(one.scope) == bool(sends))
        began_s = connection._since_s
        connection.sweep(began_s + limit_s)
        ended = connection._refused or connection.transport.is_closing()
        connection.sweep(began_s + limit_s + 0.001)
        got = await reader.read()
        writer.close()
        return ended, got

    ended, got = attacked(story, TIMES)
    assert (ended, kind_of(got) if got else None) == (False, answer)


def test_the_rest_of_a_refused_request_is_read_for_two_seconds() -> None:
    """So that the caller's system does not drop the answer; then the connection ends."""

    async def story(port: int, echo: Echo) -> list[bool]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"no HTTP")
        assert kind_of(await reader.read()) == (400, "bad-http")
        connection = await connection_of(echo)
        began_s, ended = connection._since_s, []
        for late_s in (2.0, 2.001):
            connection.sweep(began_s + late_s)
            ended.append(connection.transport.is_closing())
        writer.close()
        return ended

    assert attacked(story, TIMES) == [False, True]


def test_a_caller_that_takes_no_byte_has_the_time_of_the_limit() -> None:
    """From when its system took the last one; a connection on which nothing waits to be taken is left alone."""

    class Large(Echo):
        """An application with much to say."""

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            """Answer with 50 MB."""
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"x" * 50_000_000})

    async def story(port: int, echo: Echo) -> list[bool]:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1000)
        writer.write(GET + b"\r\n")
        connection = await connection_of(echo, lambda one: one.transport.get_write_buffer_size() > 0)
        ended = []
        for at_s in (100.0, 130.0, 130.001):
            connection.sweep(at_s)
            ended.append(connection.transport.is_closing())
        writer.close()
        return ended

    assert attacked(story, TIMES, app=Large()) == [False, False, True]


def test_a_server_lets_go_of_its_connections_when_it_ends() -> None:
    """Also of one that it refused and whose caller has not left."""

    async def story(port: int, echo: Echo) -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"no HTTP")
        assert kind_of(await reader.read()) == (400, "bad-http")
        connection = await connection_of(echo)
        connection.shutdown()
        closing = connection.transport.is_closing()
        writer.close()
        return closing

    assert attacked(story, TIMES)
