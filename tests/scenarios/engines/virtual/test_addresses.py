"""Connections on the virtual wire end, fall silent and time out as sockets do."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from gateway_sim.client.sdk.profiles import PoolRule
from gateway_sim.client.sdk.transport import HttpCall, WireFailure
from gateway_sim.scenarios.engines.virtual.transports import WireTransport, WireUpstream
from gateway_sim.scenarios.engines.virtual.wire import Wire
from gateway_sim.scenarios.sim.clock import run
from gateway_sim.scenarios.sim.wire_events import RequestHitAddressFault
from gateway_sim.upstream import UpstreamFailure

HOST = "pod:80"


class Net:
    """A wire with one host, which notes its callers' ports and answers after `takes_s`, and the two callers."""

    def __init__(self) -> None:
        self.events: list[object] = []
        self.ports: list[int] = []
        self.takes_s = 0.0
        self.wire = Wire(random.Random(0), self.events.append)
        self.wire.listen(HOST, self.host)
        self.client = WireTransport(self.wire, {"train": PoolRule(1, 60.0)})
        self.gateway = WireUpstream(self.wire, silent_for_s=20.0)

    async def host(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer 200."""
        self.ports.append(scope["client"][1])
        await asyncio.sleep(self.takes_s)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    async def ask(self, timeout_s: float = 60.0) -> str:
        """Send a client's request; return its status, or how it failed."""
        try:
            reply = await self.client.send("train", HttpCall("POST", f"http://{HOST}/", {}, b"", timeout_s))
        except WireFailure as failure:
            return failure.kind
        return str(reply.status)

    async def forward(self) -> str:
        """Send a gateway's request; return its status, or how it failed."""
        try:
            reply = await self.gateway.open("POST", f"http://{HOST}/", [], b"")
            await reply.whole()
        except UpstreamFailure as failure:
            return failure.kind
        return str(reply.status)


def played(story: Callable[[Net], Awaitable[Any]]) -> Any:
    """Play a story on a net in virtual time."""

    async def main() -> Any:
        return await story(Net())

    return run(main())


async def timed(call: Awaitable[str]) -> tuple[str, float]:
    """Return what a call returned, and the seconds that it took."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    return await call, round(loop.time() - began_s, 1)


def test_a_restart_ends_idle_connections() -> None:
    """The client learns of it: its next request is on a new connection, and none of them fails."""

    async def story(net: Net) -> None:
        assert [await net.ask(), await net.ask()] == ["200", "200"]
        net.wire.restart(HOST)()
        assert await net.ask() == "200"
        first, second, after = net.ports
        assert first == second != after

    played(story)


def test_a_request_that_is_on_its_way_when_the_host_restarts_is_reset() -> None:
    """On an open connection; a new one is refused."""

    async def story(net: Net) -> list[str]:
        await net.ask()
        sent = asyncio.ensure_future(net.ask())
        await asyncio.sleep(0.0001)
        undo = net.wire.restart(HOST)
        found = [await sent, await net.ask()]
        undo()
        return [*found, await net.ask()]

    assert played(story) == ["reset", "refused", "200"]


def test_an_address_that_refuses_resets_what_is_open_and_its_host_lives() -> None:
    """After the end of the fault it answers."""

    async def story(net: Net) -> list[str]:
        net.takes_s = 10.0
        busy = asyncio.ensure_future(net.ask())
        await asyncio.sleep(1.0)
        undo = net.wire.refuse(HOST)
        found = [await busy, await net.ask(), await net.forward()]
        undo()
        return [*found, await net.ask()]

    assert played(story) == ["reset", "refused", "refused", "200"]


def test_a_new_connection_to_an_address_that_swallows_packets_times_out() -> None:
    """After 5 s, or sooner where the call's own timeout is shorter; nothing was sent, and the host saw nothing."""

    async def story(net: Net) -> list[Any]:
        net.wire.swallow(HOST)
        found = [await timed(net.ask()), await timed(net.ask(timeout_s=2.0)), await timed(net.forward())]
        assert net.ports == []
        assert net.events == [RequestHitAddressFault(HOST, "unanswered")] * 3
        return found

    assert played(story) == [("connect-timeout", 5.0), ("connect-timeout", 2.0), ("connect-timeout", 5.0)]


def test_an_open_connection_to_an_address_that_swallows_packets_is_silent_until_its_timeout() -> None:
    """The client waits as long as its call, the gateway its limit of silence."""

    async def story(net: Net) -> list[Any]:
        await net.ask()
        await net.forward()
        net.wire.swallow(HOST)
        found = await asyncio.gather(timed(net.ask(timeout_s=30.0)), timed(net.forward()))
        assert net.events == [RequestHitAddressFault(HOST, "unheard")] * 2
        return found

    assert played(story) == [("timeout", 30.0), ("timeout", 20.0)]


def test_a_gateway_that_waits_for_an_answer_when_packets_vanish_gives_up_after_its_silence() -> None:
    """Counted from the last byte."""

    async def story(net: Net) -> tuple[str, float]:
        net.takes_s = 8.0
        asyncio.get_running_loop().call_later(5.0, net.wire.swallow, HOST)
        return await timed(net.forward())

    assert played(story) == ("timeout", 20.0)


def test_what_was_sent_while_packets_vanished_arrives_at_the_end() -> None:
    """TCP sends it again; a connection that was being made comes about."""

    async def story(net: Net) -> list[Any]:
        await net.ask()
        undo = net.wire.swallow(HOST)
        calls = [asyncio.ensure_future(timed(call)) for call in (net.ask(), net.forward())]
        asyncio.get_running_loop().call_later(3.0, undo)
        return [await call for call in calls]

    assert played(story) == [("200", 3.0), ("200", 3.0)]


def test_a_half_open_connection_leads_nowhere_and_a_new_one_works() -> None:
    """The pool does not know; the gateway's next request after its silence is on a new connection."""

    async def story(net: Net) -> list[Any]:
        await net.forward()
        net.wire.sever(HOST)
        return [await timed(net.forward()), await timed(net.forward())]

    assert played(story) == [("timeout", 20.0), ("200", 0.0)]


def test_an_answer_is_not_heard_on_a_connection_that_became_half_open_meanwhile() -> None:
    """The work is done, and its answer lost."""

    async def story(net: Net) -> Any:
        net.takes_s = 2.0
        asyncio.get_running_loop().call_later(1.0, net.wire.sever, HOST)
        return await timed(net.ask(timeout_s=10.0)), len(net.ports)

    assert played(story) == (("timeout", 10.0), 1)


def test_one_connection_is_reset_by_its_callers_port() -> None:
    """Idle, it is opened anew; busy, its request is reset."""

    async def story(net: Net) -> list[str]:
        await net.ask()
        net.wire.reset(HOST, ("client", net.ports[0]))
        found = [await net.ask()]
        assert net.ports[0] != net.ports[1]
        net.takes_s = 5.0
        busy = asyncio.ensure_future(net.ask())
        await asyncio.sleep(1.0)
        net.wire.reset(HOST, ("client", net.ports[1]))
        return [*found, await busy]

    assert played(story) == ["200", "reset"]


def test_a_connection_that_the_server_closes_after_its_answer_is_not_used_again() -> None:
    """As `Connection: close` says."""

    async def closing(scope: Any, receive: Any, send: Any) -> None:
        ports.append(scope["client"][1])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
        await send({"type": "http.response.body", "body": b""})

    async def story(net: Net) -> None:
        net.wire.listen(HOST, closing)
        await net.ask()
        await net.ask()

    ports: list[int] = []
    played(story)
    assert len(set(ports)) == 2


@pytest.mark.parametrize("way", ["swallow", "refuse"])
def test_of_two_faults_of_an_address_that_overlap_the_later_end_counts(way: str) -> None:
    """The first end changes nothing."""

    async def story(net: Net) -> list[str]:
        first, second = getattr(net.wire, way)(HOST), getattr(net.wire, way)(HOST)
        first()
        found = [await net.ask(timeout_s=1.0)]
        second()
        return [*found, await net.ask()]

    assert played(story) == [{"swallow": "connect-timeout", "refuse": "refused"}[way], "200"]
