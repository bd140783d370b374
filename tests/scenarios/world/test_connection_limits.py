"""What a server does with old connections, seen by the clients of a short virtual run."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from gateway_sim.client.events import CallLost
from gateway_sim.events import RequestForwarded
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.wire_events import IdleConnectionReset
from gateway_sim.scenarios.world.connection_limits import limited
from gateway_sim.scenarios.world.settings import Settings
from tests import clock


def played(**settings: str) -> RunResult:
    """Play the healthy race with these settings."""
    return run(RunSpec("healthy", settings=settings))


def ports(result: RunResult) -> Counter[str]:
    """Count the requests of each connection."""
    return Counter(entry.event.connection for entry in result.trace.of(RequestForwarded))


def test_a_connection_is_closed_after_so_many_answers() -> None:
    """The client knows, opens another one, and loses no call."""
    result = played(requests_per_connection="2")
    assert max(ports(result).values()) == 2
    assert len(ports(result)) > len(ports(played()))
    assert not list(result.trace.of(CallLost))
    assert result.outcome == "completed"


def test_a_connection_that_was_idle_for_long_is_reset_at_its_next_request() -> None:
    """The client did not know; it sends the call again, on a new connection."""
    result = played(reset_idle_s="0.5", think_s="1")
    idle = [entry.event.idle_s for entry in result.trace.of(IdleConnectionReset)]
    assert idle
    assert min(idle) >= 0.5
    assert len(list(result.trace.of(CallLost))) == len(idle)
    assert result.outcome == "completed"


def test_a_client_that_drops_idle_connections_sooner_meets_no_reset() -> None:
    """As keep-alive timeouts should be chosen: the client's below the server's."""
    result = played(reset_idle_s="0.5", think_s="1", keepalive_s="0.4")
    assert not list(result.trace.of(IdleConnectionReset, CallLost))


def test_a_busy_connection_is_not_idle() -> None:
    """However long an answer takes."""
    result = played(reset_idle_s="0.5", forward_backward_s="2", steps="1")
    resets = list(result.trace.of(IdleConnectionReset))
    assert not [entry for entry in resets if "retrieve_future" in entry.event.path]


def test_without_the_settings_a_run_has_the_digest_that_it_had() -> None:
    """Their defaults add nothing, no event and no timer."""
    assert played().digest == played(reset_idle_s="0", requests_per_connection="0").digest
    assert all(a.at_s <= b.at_s for a, b in itertools.pairwise(played().trace.entries))


class Server:
    """The application behind the limits: each request takes a second; notes what was sent back and what was reset."""

    def __init__(self, **settings: Any) -> None:
        self.told: list[Any] = []
        self.reset: list[tuple[str, tuple[str, int]]] = []
        self.app = limited(self.answer, Settings(**settings), lambda *one: self.reset.append(one), self.told.append)

    async def answer(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer after a second; a path `/fails` raises."""
        await asyncio.sleep(1.0)
        if scope["path"] == "/fails":
            raise ConnectionResetError
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"1")]})
        await send({"type": "http.response.body", "body": b"{}"})

    async def ask(self, port: int = 1, path: str = "/p") -> list[Any]:
        """Return what a request on the connection of a port is sent; nothing if the connection is reset."""
        sent: list[Any] = []
        messages = iter([{"type": "http.request"}, {"type": "http.disconnect"}])

        async def receive() -> Any:
            return next(messages)

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"client": ("client", port), "server": ("gateway", 8002), "path": path}
        await self.app(scope, receive, send)
        return sent


def closes(sent: Sequence[Any]) -> bool:
    """Say whether an answer closes its connection."""
    return (b"connection", b"close") in sent[0]["headers"]


@pytest.mark.parametrize(("idle_s", "reset"), [(2.5, True), (2.25, False)])
def test_a_connection_is_idle_from_its_last_answer_on(idle_s: float, reset: bool) -> None:
    """It is reset with the first request after that, and forgotten; another connection is not idle."""

    async def story() -> None:
        server = Server(reset_idle_s=2.5)
        await server.ask()
        await asyncio.sleep(idle_s)
        assert bool(await server.ask(path="/late")) is not reset
        assert server.reset == [("gateway:8002", ("client", 1))] * reset
        assert server.told == [IdleConnectionReset(idle_s, "/late")] * reset
        assert await server.ask()
        assert await server.ask(port=2)
        assert len(server.reset) == reset

    clock.run(story())


def test_a_connection_with_an_open_request_is_not_idle_and_a_failed_request_ends_too() -> None:
    """Requests may overlap on one connection; it is idle when none is open."""

    async def story() -> None:
        server = Server(reset_idle_s=0.75)
        first = asyncio.ensure_future(server.ask())
        await asyncio.sleep(0.5)
        second = asyncio.ensure_future(server.ask())
        await first
        await asyncio.sleep(0.25)
        assert await server.ask()
        await second
        await asyncio.sleep(0.5)
        with pytest.raises(ConnectionResetError):
            await server.ask(path="/fails")
        assert not server.reset
        await asyncio.sleep(0.75)
        assert not await server.ask()

    clock.run(story())


def test_the_last_answer_of_a_connection_says_so_and_the_count_begins_anew() -> None:
    """Its own headers stay; the body is not touched."""

    async def story() -> None:
        server = Server(requests_per_connection=3)
        answers = [await server.ask() for _ in range(7)]
        assert [closes(one) for one in answers] == [False, False, True] * 2 + [False]
        assert all(one[0]["headers"][0] == (b"x", b"1") for one in answers)
        assert all(one[1] == {"type": "http.response.body", "body": b"{}"} for one in answers)
        assert not closes(await server.ask(port=2))
        together = await asyncio.gather(*(server.ask(port=3) for _ in range(4)))
        assert [closes(one) for one in together] == [False, False, True, True]

    clock.run(story())


def test_without_limits_an_application_stays_as_it_is() -> None:
    """Nothing counts its requests."""
    server = Server()
    assert server.app == server.answer
