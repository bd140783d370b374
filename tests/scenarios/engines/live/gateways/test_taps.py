"""The proxy before a pod: it passes on what a gateway sends, and reports it before the pod has it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from gateway_sim.events import RequestForwarded
from gateway_sim.scenarios.engines.live.gateways.requests import Requests
from gateway_sim.scenarios.engines.live.gateways.taps import LiveTaps, TappedPods
from gateway_sim.scenarios.engines.live.servers import Servers
from gateway_sim.scenarios.sim.errors import GatewaySimError
from gateway_sim.scenarios.world.engine import Unguarded
from gateway_sim.upstream import AiohttpUpstream


class Pods(Unguarded):
    """A launcher whose pods are one ASGI application at one address; `asked` holds what it was sent."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bytes, dict[bytes, bytes]]] = []
        self.done: list[str] = []
        self.address = ""
        self.answer: tuple[int, list[tuple[bytes, bytes]], list[bytes]] = (200, [], [b"ok"])

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve as a pod."""
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        path = scope["raw_path"].decode() + "?" + scope["query_string"].decode()
        self.asked.append((scope["method"], path, body, dict(scope["headers"])))
        status, headers, pieces = self.answer
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def start(self, account: str, job: str, incarnation: int) -> str:
        """Start a pod."""
        self.done.append(f"start {incarnation}")
        return self.address

    async def stop(self, account: str, job: str, incarnation: int) -> None:
        """Stop a pod."""
        self.done.append(f"stop {incarnation}")

    async def retire(self, account: str, job: str, incarnation: int, grace_s: float) -> None:
        """Fence a pod."""
        self.done.append(f"retire {incarnation}")


class Tapped:
    """Pods behind taps, and the requests of a front."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.pods = Pods()
        self.requests = Requests(self.told.append)

    def play(self, story: Callable[[TappedPods], Awaitable[None]]) -> None:
        """Play a story, and close everything."""

        async def play() -> None:
            servers, upstream = Servers("127.0.0.1"), AiohttpUpstream(5.0)
            self.pods.address = await servers.serve("pod", self.pods)
            taps = TappedPods(self.pods, LiveTaps(self.requests, upstream, "127.0.0.1").tap)
            try:
                await story(taps)
            finally:
                await taps.close()
                await upstream.close()
                await servers.close()

        asyncio.run(play())

    def begin(self, path: str) -> bytes:
        """Let the front get a request, and return its number."""
        scope = {"path": f"/training/v1/rlorTrainerJobs/acme/job-1/{path}", "client": ("127.0.0.1", 1)}
        return str(self.requests.began("gw-1", scope).number).encode()


async def sent(address: str, method: str = "GET", path: str = "/api/v1/healthz", **more: Any) -> httpx.Response:
    """Send a request as a gateway does."""
    async with httpx.AsyncClient() as client:
        return await client.request(method, f"http://{address}{path}", **more)


def test_a_request_passes_and_is_told() -> None:
    """Path, query and body as they came; the front's number ends here."""
    tapped = Tapped()

    async def story(taps: TappedPods) -> None:
        address = await taps.start("acme", "job-1", 2)
        number = tapped.begin("api/v1/get_info")
        headers = {b"x-gateway-sim-request": number, b"x-own": b"1", b"fireworks-trainer": b"acme/job-1@2"}
        answer = await sent(address, "POST", "/api/v1/get_info?a=%20b", headers=headers, content=b"{}")
        assert (answer.status_code, answer.content) == (200, b"ok")
        [(method, path, body, kept)] = tapped.pods.asked
        assert (method, path, body) == ("POST", "/api/v1/get_info?a=%20b", b"{}")
        assert kept[b"x-own"] == b"1"
        assert b"x-gateway-sim-request" not in kept
        [forwarded] = tapped.told
        assert isinstance(forwarded, RequestForwarded)
        assert (forwarded.replica, forwarded.generation, forwarded.address) == ("gw-1", 2, address)

    tapped.play(story)


@pytest.mark.parametrize(
    ("status", "headers", "pieces", "body"),
    [
        (204, [], [], b""),
        (304, [(b"etag", b"x")], [], b""),
        (409, [(b"content-type", b"application/problem+json")], [b"{}"], b"{}"),
        (200, [(b"content-length", b"2")], [b"o", b"k"], b"ok"),
        (200, [(b"x-name", b"gr\xc3\xbc\xc3\x9fe")], [b"x" * 100_000] * 20, b"x" * 2_000_000),
    ],
    ids=["204", "304", "refusal", "with-a-length", "streamed"],
)
def test_an_answer_passes_as_it_is(status: int, headers: Any, pieces: list[bytes], body: bytes) -> None:
    """Short, long or none; the pod's status is kept for the judgment of the gateway's."""
    tapped = Tapped()
    tapped.pods.answer = (status, headers, pieces)

    async def story(taps: TappedPods) -> None:
        address = await taps.start("acme", "job-1", 2)
        answer = await sent(address)
        assert (answer.status_code, answer.content) == (status, body)
        for name, value in headers:
            assert (name, value) in [(key.lower(), found) for key, found in answer.headers.raw]

    tapped.play(story)


def test_a_chunked_body_passes() -> None:
    """As a gateway sends one that it streams."""
    tapped = Tapped()

    async def pieces() -> Any:
        for _ in range(3):
            yield b"abc"

    async def story(taps: TappedPods) -> None:
        await sent(await taps.start("acme", "job-1", 2), "POST", content=pieces())
        assert tapped.pods.asked[0][2] == b"abc" * 3

    tapped.play(story)


@pytest.mark.parametrize(("verb", "grace"), [("stop", ()), ("retire", (0.0,))])
def test_a_pod_that_has_gone_refuses_connections_and_the_next_has_its_address(verb: str, grace: Any) -> None:
    """The tap goes with its pod; an address that is used again stays one of its own."""
    tapped = Tapped()

    async def story(taps: TappedPods) -> None:
        first = await taps.start("acme", "job-1", 1)
        await sent(first)
        await getattr(taps, verb)("acme", "job-1", 1, *grace)
        with pytest.raises(httpx.ConnectError):
            await sent(first)
        assert await taps.start("acme", "job-1", 2) == first
        assert tapped.pods.done == ["start 1", f"{verb} 1", "start 2"]

    tapped.play(story)


def test_a_fenced_pod_is_reachable_until_its_grace_has_ended() -> None:
    """Its refusals pass the tap."""
    tapped = Tapped()

    async def story(taps: TappedPods) -> None:
        first = await taps.start("acme", "job-1", 1)
        await taps.retire("acme", "job-1", 1, 10.0)
        await sent(first)
        await taps.stop("acme", "job-1", 1)
        with pytest.raises(httpx.ConnectError):
            await sent(first)

    tapped.play(story)


def test_a_pod_that_does_not_answer_breaks_the_connection() -> None:
    """As without the tap."""
    tapped = Tapped()

    async def story(taps: TappedPods) -> None:
        tapped.pods.address = "127.0.0.1:9"
        address = await taps.start("acme", "job-1", 1)
        with pytest.raises(httpx.RemoteProtocolError):
            await sent(address)

    tapped.play(story)


def test_a_port_that_is_taken_is_said() -> None:
    """With its number."""
    tapped = Tapped()

    async def story(taps: TappedPods) -> None:
        address = await taps.start("acme", "job-1", 1)
        await taps.stop("acme", "job-1", 1)
        host, _, port = address.partition(":")
        other = await asyncio.start_server(lambda reader, writer: None, host, int(port))
        with pytest.raises(GatewaySimError, match=f"the port {port} of a pod's tap is in use"):
            await taps.start("acme", "job-1", 2)
        other.close()

    tapped.play(story)
