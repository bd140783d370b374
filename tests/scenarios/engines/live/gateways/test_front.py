"""The balancer before a user's gateway: what instances can answer reaches the client, or ends as one refusal."""

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from gateway_sim.balancer import PerConnection, PerRequest, RoundRobin
from gateway_sim.events import RequestRefused
from gateway_sim.scenarios.engines.live.gateways.front import Front, slug_of
from gateway_sim.scenarios.engines.live.gateways.requests import Requests
from gateway_sim.scenarios.engines.live.servers import Servers
from gateway_sim.upstream import AiohttpUpstream

PATH = "/training/v1/rlorTrainerJobs/acme/job-1/api/v1/healthz?a=%20b"
GET = f"GET {PATH} HTTP/1.1\r\nhost: front\r\nconnection: close\r\n\r\n".encode()
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
GONE = "gone"


class Fronted:
    """Instances that answer with raw bytes, and the front before them; `asked` holds what they were sent."""

    def __init__(self, *instances: bytes | str, balancer: Any = None) -> None:
        self.told: list[Any] = []
        self.asked: list[bytes] = []
        self._instances = instances
        self._balancer = balancer or PerRequest(RoundRobin())

    async def clients(self, *requests: bytes) -> list[bytes]:
        """Send requests one after the other, each on a connection of its own; return the raw answers."""
        servers, upstream = Servers("127.0.0.1"), AiohttpUpstream(5.0, kept_idle_s=0.0)
        listening = [await asyncio.start_server(self._answer(raw), "127.0.0.1", 0) for raw in self._instances]
        places = [f"127.0.0.1:{each.sockets[0].getsockname()[1]}" for each in listening]
        for each, raw in zip(listening, self._instances, strict=True):
            if raw == GONE:
                each.close()
        names = [f"gw-{n}" for n in range(len(places))]
        front = Front(names, places, self._balancer, upstream, Requests(self.told.append))
        host, _, port = (await servers.serve("gateway", front)).partition(":")
        try:
            return [await _sent(host, int(port), request) for request in requests]
        finally:
            await upstream.close()
            await servers.close()
            for each in listening:
                each.close()

    def _answer(self, raw: Any) -> Callable[..., Any]:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.asked.append(await reader.readuntil(b"\r\n\r\n"))
            if length := re.search(rb"content-length: (\d+)", self.asked[-1].lower()):
                self.asked[-1] += await reader.readexactly(int(length[1]))
            elif b"chunked" in self.asked[-1].lower():
                self.asked[-1] += await reader.readuntil(b"0\r\n\r\n")
            writer.write(raw)
            await writer.drain()
            writer.close()

        return answer


async def _sent(host: str, port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(request)
    try:
        return await asyncio.wait_for(reader.read(), 10.0)
    finally:
        writer.close()


def answered(raw: bytes | str, request: bytes = GET) -> tuple[bytes, Fronted]:
    """Return what the client of one instance reads."""
    fronted = Fronted(raw)
    return asyncio.run(fronted.clients(request))[0], fronted


def head(raw: bytes) -> tuple[int, dict[bytes, bytes], bytes]:
    """Return status, headers and body of a raw answer."""
    top, _, body = raw.partition(b"\r\n\r\n")
    lines = top.split(b"\r\n")
    headers = dict(line.lower().split(b": ", 1) for line in lines[1:])
    return int(lines[0].split()[1]), headers, body


@pytest.mark.parametrize(
    ("raw", "status", "body"),
    [
        (OK, 200, b"ok"),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, b"until the end"),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nuntil the end", 200, b"until the end"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 200, b"abc"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 304 Not Modified\r\netag: x\r\n\r\n", 304, b""),
        (b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n", 302, b""),
        (b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + OK, 200, b"ok"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"ok"),
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x8b\x00\x01", 200,
         b"\x1f\x8b\x00\x01"),
        (b"HTTP/1.1 200 OK\r\nx-name: gr\xc3\xbc\xc3\x9fe\r\ncontent-length: 2\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 200 OK\r\nx-name: gr\xfc\xdfe\r\ncontent-length: 2\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 3000000\r\n\r\n" + b"x" * 3_000_000, 200, b"x" * 3_000_000),
        (b"HTTP/1.1 422 Odd\r\ncontent-length: 0\r\n\r\n", 422, b""),
    ],
    ids=["plain", "HTTP/1.0", "connection-close", "chunked", "204", "304", "redirect", "early-hints", "continue",
         "gzip", "UTF-8-header", "Latin-1-header", "huge", "empty-refusal"],
)  # fmt: skip
def test_an_answer_passes_as_it_is(raw: bytes, status: int, body: bytes) -> None:
    """Nothing is decoded, followed or added; framing is the front's own."""
    read, _ = answered(raw)
    found, headers, content = head(read)
    if b"chunked" in headers.get(b"transfer-encoding", b""):
        content = b"".join(content.split(b"\r\n")[1:-1:2])
    assert (found, content[: len(body)], b"location" in headers) == (status, body, status == 302)


def test_a_request_passes_as_it_came() -> None:
    """Path and query unescaped, unknown headers kept, hop-by-hop ones dropped; the front adds its number."""
    asked = (
        f"GET {PATH} HTTP/1.1\r\nhost: front\r\nx-own: 1\r\nupgrade: websocket\r\nconnection: upgrade, close\r\n\r\n"
    )
    read, fronted = answered(OK, asked.encode())
    sent = fronted.asked[0].lower()
    assert head(read)[0] == 200
    assert sent.startswith(f"get {PATH} http/1.1".lower().encode())
    assert b"x-own: 1" in sent
    assert b"x-gateway-sim-request: 1" in sent
    assert b"websocket" not in sent


def test_a_client_cannot_number_its_request() -> None:
    """Its own number is dropped, or it would be taken for another request."""
    _, fronted = answered(OK, GET.replace(b"host:", b"x-gateway-sim-request: 77\r\nhost:"))
    assert b"77" not in fronted.asked[0]


@pytest.mark.parametrize("expect", [b"", b"expect: 100-continue\r\n"], ids=["chunked", "expect-continue"])
def test_a_chunked_request_body_arrives(expect: bytes) -> None:
    """Also one that waits to be told to go on: the front tells the client, and asks the instance for nothing."""
    request = f"POST {PATH} HTTP/1.1\r\nhost: front\r\nconnection: close\r\n".encode() + expect
    request += b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"
    read, fronted = answered(OK, request)
    assert read.endswith(b"ok")
    assert b"abc" in fronted.asked[0]
    assert b"def" in fronted.asked[0]


def test_the_head_of_an_answer_has_no_body() -> None:
    """As HTTP says of HEAD, with the length of the body that GET has."""
    read, _ = answered(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", GET.replace(b"GET", b"HEAD"))
    status, headers, body = head(read)
    assert (status, headers[b"content-length"], body) == (200, b"5", b"")


@pytest.mark.parametrize(
    ("raw", "slug"),
    [
        (b"", "gateway-reset"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "gateway-reset"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", "gateway-reset"),
        (b"HTTP/1.1 503 Busy\r\ncontent-length: 9\r\n\r\nhalf", "gateway-reset"),
        (OK + b"and trailing bytes", "gateway-reset"),
        (GONE, "gateway-refused"),
    ],
    ids=["silence", "garbage", "half-an-answer", "half-a-refusal", "trailing-bytes", "nothing-listens"],
)
def test_an_instance_that_gives_no_answer_is_a_502_that_names_it(raw: bytes | str, slug: str) -> None:
    """One refusal in the trace, of the kind of its failure."""
    read, fronted = answered(raw)
    assert head(read)[0] == 502
    assert b"gateway instance gw-0 could not answer" in read
    [refused] = [event for event in fronted.told if isinstance(event, RequestRefused)]
    assert (refused.status, refused.slug, refused.replica) == (502, slug, "gw-0")


def test_a_stream_that_breaks_off_breaks_the_clients_connection(capfd: pytest.CaptureFixture[str]) -> None:
    """The answer does not look complete."""
    read, _ = answered(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n")
    assert head(read)[0] == 200
    assert not read.endswith(b"0\r\n\r\n")


def test_the_next_instance_gets_the_request_of_one_that_is_down() -> None:
    """As with the health checks of a balancer; events name the one that answered."""
    fronted = Fronted(GONE, b"HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n")
    assert head(asyncio.run(fronted.clients(GET))[0])[0] == 404
    assert fronted.told[-1].replica == "gw-1"


@pytest.mark.parametrize(
    ("balancer", "instances"),
    [(PerRequest, ["gw-0", "gw-1", "gw-0", "gw-1"]), (PerConnection, ["gw-0", "gw-0", "gw-1", "gw-1"])],
)
def test_requests_are_shared_out_as_the_world_says(balancer: Any, instances: Sequence[str]) -> None:
    """One by one, or each connection to one instance."""
    refusal = b"HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n"
    fronted = Fronted(refusal, refusal, balancer=balancer(RoundRobin()))
    kept = GET.replace(b"connection: close\r\n", b"")
    asyncio.run(fronted.clients(kept + GET, kept + GET))
    assert [event.replica for event in fronted.told if isinstance(event, RequestRefused)] == instances


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        (b'{"type": "https://example.com/problems/no-route"}', "no-route"),
        (b'{"type": "urn:gateway-sim:no-route"}', "no-route"),
        (b'{"type": "about:blank"}', "blank"),
        (b'{"type": ""}', "http-404"),
        (b'{"type": 7}', "7"),
        (b'["type"]', "http-404"),
        (b"<html>", "http-404"),
        (b"\xff\xfe", "http-404"),
        (b"[" * 100_000, "http-404"),
    ],
)
def test_a_refusal_is_named_by_the_type_of_its_problem(body: bytes, slug: str) -> None:
    """Any other body has the name of its status."""
    assert slug_of(404, body) == slug
