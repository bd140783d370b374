"""The virtual network keeps what `httpx.ASGITransport` loses: timeouts, streams, and work that outlives its caller."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway_sim.client.sdk.profiles import PoolRule
from gateway_sim.client.sdk.transport import HttpCall, WireFailure
from gateway_sim.scenarios.engines.virtual.addresses import Broken
from gateway_sim.scenarios.engines.virtual.exchange import Request
from gateway_sim.scenarios.engines.virtual.transports import WireTransport
from gateway_sim.scenarios.engines.virtual.wire import Wire
from gateway_sim.scenarios.sim.clock import run
from gateway_sim.scenarios.sim.wire_events import ConnectionBroken

NO_LATENCY = (0.0, 0.0)
POOLS = {"train": PoolRule(1, 5.0), "retrieve": PoolRule(50, 5.0)}


def wire(emit: Any = lambda event: None) -> Wire:
    """Return a wire without latency."""
    return Wire(random.Random(0), emit, NO_LATENCY)


def request(path: str = "/", body: bytes | AsyncIterator[bytes] = b"") -> Request:
    """Return a request to the one host of these tests."""
    return Request("POST", f"http://pod:80{path}", [], body, ("test", 1))


def call(timeout_s: float = 60.0) -> HttpCall:
    """Return a client's call to the one host of these tests."""
    return HttpCall("POST", "http://pod:80/", {}, b"", timeout_s)


async def answer(send: Any, *chunks: bytes, status: int = 200, gap_s: float = 0.0) -> None:
    """Send an answer, a chunk at a time."""
    await send({"type": "http.response.start", "status": status, "headers": []})
    for n, chunk in enumerate(chunks, 1):
        await asyncio.sleep(gap_s)
        await send({"type": "http.response.body", "body": chunk, "more_body": n < len(chunks)})


def test_a_caller_who_gives_up_does_not_stop_the_work() -> None:
    """Timed out, yet applied: the race that every retry must reckon with."""
    applied = []

    async def pod(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(30)
        applied.append(asyncio.get_running_loop().time())
        await answer(send, b"done")

    async def main() -> float:
        net = wire()
        net.listen("pod:80", pod)
        with pytest.raises(WireFailure) as lost:
            await WireTransport(net, POOLS).send("train", call(timeout_s=1))
        assert lost.value.kind == "timeout"
        gave_up_s = asyncio.get_running_loop().time()
        await asyncio.sleep(60)
        return gave_up_s

    assert run(main()) == 1.0
    assert applied == [30.0]


def test_an_answer_streams_as_it_is_sent() -> None:
    """Each chunk arrives when it is sent, not when the answer is whole."""

    async def pod(scope: Any, receive: Any, send: Any) -> None:
        await answer(send, b"a", b"b", b"c", gap_s=1)

    async def main() -> list[tuple[float, bytes]]:
        net = wire()
        net.listen("pod:80", pod)
        exchange = await net.open(request())
        return [(asyncio.get_running_loop().time(), chunk) async for chunk in exchange.chunks()]

    assert run(main()) == [(1.0, b"a"), (2.0, b"b"), (3.0, b"c")]


def test_a_body_streams_to_the_server() -> None:
    """The server receives pieces as the caller makes them."""
    heard = []

    async def pod(scope: Any, receive: Any, send: Any) -> None:
        more = True
        while more:
            message = await receive()
            heard.append((asyncio.get_running_loop().time(), message["body"]))
            more = message["more_body"]
        await answer(send, b"ok")

    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"1", b"2"):
            await asyncio.sleep(1)
            yield piece

    async def main() -> None:
        net = wire()
        net.listen("pod:80", pod)
        await net.open(request(body=pieces()))

    run(main())
    assert heard == [(1.0, b"1"), (2.0, b"2"), (2.0, b"")]


def test_a_host_that_is_not_there_refuses() -> None:
    """Nothing was sent, and the caller knows it."""

    async def main() -> None:
        with pytest.raises(Broken, match="nothing listens at pod:80") as refused:
            await wire().open(request())
        assert refused.value.kind == "refused"

    run(main())


def test_a_host_that_goes_away_resets_what_it_was_serving() -> None:
    """A killed pod breaks off its answers and accepts no more."""

    async def pod(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(100)

    async def main() -> float:
        net = wire()
        net.listen("pod:80", pod)
        asyncio.get_running_loop().call_later(5, net.hang_up, "pod:80")
        with pytest.raises(Broken) as reset:
            await net.open(request())
        assert reset.value.kind == "reset"
        return asyncio.get_running_loop().time()

    assert run(main()) == 5.0


def test_a_host_that_is_away_for_a_while_refuses_until_it_is_back() -> None:
    """What comes meanwhile is refused; what comes after is answered."""

    async def hello(scope: Any, receive: Any, send: Any) -> None:
        await answer(send, b"hello")

    async def main() -> list[object]:
        net = wire()
        net.listen("pod:80", hello)
        asyncio.get_running_loop().call_later(3.0, net.restart("pod:80"))
        with pytest.raises(Broken) as away:
            await net.open(request())
        await asyncio.sleep(3.0)
        back = await net.open(request())
        return [away.value.kind, back.status]

    assert run(main()) == ["refused", 200]


def test_a_host_that_restarts_twice_at_once_is_back_after_the_later_end() -> None:
    """The first end of two restarts that overlap does not put the host back."""

    async def hello(scope: Any, receive: Any, send: Any) -> None:
        await answer(send, b"hello")

    async def main() -> list[object]:
        net, found = wire(), []
        net.listen("pod:80", hello)
        first, second = net.restart("pod:80"), net.restart("pod:80")
        for undo in (first, second):
            with pytest.raises(Broken):
                await net.open(request())
            undo()
        found.append((await net.open(request())).status)
        return found

    assert run(main()) == [200]


def test_an_answer_that_breaks_off_reads_as_a_reset_never_as_whole() -> None:
    """A server that raises in the middle of its answer is reported, and its caller sees the break."""
    events: list[object] = []

    async def pod(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise OSError("the disk is gone")

    async def main() -> None:
        net = wire(events.append)
        net.listen("pod:80", pod)
        exchange = await net.open(request("/api"))
        with pytest.raises(Broken):
            _ = [chunk async for chunk in exchange.chunks()]

    run(main())
    assert events == [ConnectionBroken("pod:80", "/api", "OSError: the disk is gone")]


def test_a_lost_reply_leaves_the_work_done() -> None:
    """The server did it; the caller sees a reset."""
    done = []

    async def pod(scope: Any, receive: Any, send: Any) -> None:
        done.append(scope["path"])
        await answer(send, b"ok")

    async def main() -> None:
        net = wire()
        net.listen("pod:80", pod)
        net.loses = lambda asked: True
        with pytest.raises(Broken):
            await net.open(request("/step"))

    run(main())
    assert done == ["/step"]


def test_a_connection_is_reused_until_its_keep_alive_ends() -> None:
    """3 s idle keep a connection, 6 s do not (docs/reference/protocol.md §2), and pools never share one."""
    ports: list[int] = []

    async def pod(scope: Any, receive: Any, send: Any) -> None:
        ports.append(scope["client"][1])
        await answer(send, b"ok")

    async def main() -> None:
        net = wire()
        net.listen("pod:80", pod)
        transport = WireTransport(net, POOLS)
        for idle_s in (0.0, 3.0, 6.0):
            await asyncio.sleep(idle_s)
            await transport.send("train", call())
        await transport.send("retrieve", call())

    run(main())
    first, second, third, other = ports
    assert first == second
    assert len({first, third, other}) == 3


def test_a_pool_opens_no_more_connections_than_it_may() -> None:
    """One connection serves one request at a time; a second waits for it."""

    async def pod(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(2)
        await answer(send, b"ok")

    async def main() -> tuple[float, float]:
        net = wire()
        net.listen("pod:80", pod)
        transport = WireTransport(net, POOLS)
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(transport.send("train", call()) for _ in range(2)))
        one_by_one_s = loop.time()
        await asyncio.gather(*(transport.send("retrieve", call()) for _ in range(2)))
        return one_by_one_s, loop.time() - one_by_one_s

    assert run(main()) == (4.0, 2.0)


def test_a_connection_on_which_a_call_timed_out_is_not_used_again() -> None:
    """The late answer would be read as that of the next request, so a client closes the connection."""
    ports = []

    async def pod(scope: Any, receive: Any, send: Any) -> None:
        ports.append(scope["client"][1])
        await asyncio.sleep(30 if len(ports) == 1 else 0)
        await answer(send, b"done")

    async def main() -> None:
        net = wire()
        net.listen("pod:80", pod)
        client = WireTransport(net, POOLS)
        with pytest.raises(WireFailure):
            await client.send("train", call(timeout_s=1))
        for _ in range(2):
            await client.send("train", call())

    run(main())
    first, *later = ports
    assert len(later) == 2
    assert set(later) == {later[0]} != {first}
