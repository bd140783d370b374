"""The servers of a live world: what they add to an answer, and a port that is closed for a while."""

import asyncio
import socket
from typing import Any

import aiohttp
import httpx
import pytest

from gateway_sim.scenarios.engines.live.servers import Servers
from gateway_sim.scenarios.world.engine import Unguarded


async def hello(scope: Any, receive: Any, send: Any) -> None:
    """Answer 200."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


def test_an_answer_carries_what_the_application_said_and_nothing_more() -> None:
    """A gateway passes a pod's `date` and `server` on; a second pair beside them would not be the pod's."""

    async def story() -> list[str]:
        servers = Servers("127.0.0.1")
        address = await servers.serve("hello", hello)
        url = f"http://{address}/training/v1/rlorTrainerJobs/acme/job-1/api/v1/healthz"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            names = [name.lower() for name in answer.headers]
        await servers.close()
        return names

    assert asyncio.run(story()) == ["content-length"]


class Relay(Unguarded):
    """An application that refuses nothing itself."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer 200."""
        await hello(scope, receive, send)


@pytest.mark.parametrize(
    ("named", "statuses"),
    [({"host": "evil.example"}, [421, 200]), ({"origin": "http://evil.example"}, [403, 200]), ({}, [415, 200])],
)
def test_only_an_unguarded_application_gets_what_a_page_of_another_site_sends(
    named: dict[str, str], statuses: list[int]
) -> None:
    """Under a foreign name, from a foreign page, or as a form."""

    async def story() -> list[int]:
        servers = Servers("127.0.0.1")
        addresses = [await servers.serve("page", hello), await servers.serve("relay", Relay())]
        async with httpx.AsyncClient(headers=named) as client:
            answers = [await client.post(f"http://{at}/faults", data={"a": "b"}) for at in addresses]
        await servers.close()
        return [answer.status_code for answer in answers]

    assert asyncio.run(story()) == statuses


def test_a_closed_port_refuses_even_connections_that_were_open_and_opens_again() -> None:
    """A kept connection is reset, a new one refused, and after the while the same address answers."""

    async def story() -> list[int]:
        servers = Servers("127.0.0.1")
        address = await servers.serve("hello", hello)
        statuses = []
        async with aiohttp.ClientSession() as session:

            async def ask() -> int:
                async with session.get(f"http://{address}/") as answer:
                    return answer.status

            statuses.append(await ask())
            # two that overlap: the port opens after the second end
            for undo in (servers.refuse(address), servers.refuse(address)):
                await asyncio.sleep(0.1)
                with pytest.raises(aiohttp.ClientConnectionError):
                    await ask()
                undo()
            await asyncio.sleep(0.3)
            statuses.append(await ask())
        await servers.close()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*address.split(":"))
        return statuses

    assert asyncio.run(story()) == [200, 200]


@pytest.mark.slow
def test_an_idle_connection_is_kept_as_long_as_a_client_would() -> None:
    """After six seconds of silence the same connection serves: which client drops it is what a race is about."""

    async def story() -> int:
        servers = Servers("127.0.0.1")
        address = await servers.serve("hello", hello)
        reader, writer = await asyncio.open_connection(*address.split(":"))
        served = 0
        for pause_s in (0.0, 6.0):
            await asyncio.sleep(pause_s)
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            served += (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        writer.close()
        await servers.close()
        return served

    assert asyncio.run(story()) == 2


def test_servers_answer_without_nagles_delay() -> None:
    """asyncio switches it off only for sockets that say they are TCP; 40 ms an answer hang on it."""

    async def play() -> list[int]:
        servers = Servers("127.0.0.1")
        await servers.serve("hello", hello)
        listening = [s for server, _ in servers._running.values() for one in server.servers for s in one.sockets]
        protocols = [s.proto for s in listening]
        await servers.close()
        return protocols

    assert asyncio.run(play()) == [socket.IPPROTO_TCP]


def test_a_port_that_swallows_packets_lets_no_connection_come_about_and_no_byte_pass() -> None:
    """A new connection times out, an open one is silent; afterwards what was sent meanwhile is answered."""

    async def story() -> list[str]:
        servers = Servers("127.0.0.1")
        address = await servers.serve("hello", hello)
        seen = []
        async with httpx.AsyncClient(timeout=0.3) as kept:
            seen.append(str((await kept.get(f"http://{address}/")).status_code))
            undo = servers.swallow(address)
            for client in (kept, httpx.AsyncClient(timeout=0.3)):
                try:
                    await client.get(f"http://{address}/")
                except httpx.TimeoutException as late:
                    seen.append(type(late).__name__)
            undo()
            seen.append(str((await kept.get(f"http://{address}/", timeout=5.0)).status_code))
        await servers.close()
        return seen

    assert asyncio.run(story()) == ["200", "ReadTimeout", "ConnectTimeout", "200"]


def test_a_half_open_connection_is_silent_for_ever_and_a_new_one_works() -> None:
    """As after a NAT has forgotten a flow: no end is told."""

    async def story() -> list[str]:
        servers = Servers("127.0.0.1")
        address = await servers.serve("hello", hello)
        seen = []
        async with httpx.AsyncClient(timeout=0.3) as client:
            await client.get(f"http://{address}/")
            servers.sever(address)
            servers.swallow(address)()
            for _ in range(2):
                try:
                    seen.append(str((await client.get(f"http://{address}/", timeout=5.0 if seen else 0.3)).status_code))
                except httpx.TimeoutException as late:
                    seen.append(type(late).__name__)
        await servers.close()
        return seen

    assert asyncio.run(story()) == ["ReadTimeout", "200"]


def test_one_connection_of_a_port_is_ended_and_the_others_stay() -> None:
    """By its caller's host and port."""

    async def story() -> list[bool]:
        servers = Servers("127.0.0.1")
        address = await servers.serve("hello", hello)
        host, port = address.split(":")
        first, second = [await asyncio.open_connection(host, int(port)) for _ in range(2)]
        await asyncio.sleep(0.05)
        servers.reset(address, first[1].get_extra_info("sockname"))
        assert await first[0].read() == b""
        first[1].close()
        second[1].write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answered = (await second[0].readline()).startswith(b"HTTP/1.1 200")
        second[1].close()
        await servers.close()
        return [answered]

    assert asyncio.run(story()) == [True]


def test_a_server_that_ends_by_itself_is_reported_once_and_one_that_was_ended_is_not() -> None:
    """Its clients would be refused until the horizon of the run; a fault and the world's end are no such ends."""

    async def story() -> list[str]:
        told: list[str] = []
        servers = Servers("127.0.0.1", ended=lambda error: told.append(str(error)))
        lost, restarted, _ = [await servers.serve(name, hello) for name in ("lost", "restarted", "lasting")]
        servers.refuse(restarted)()
        for listening in servers._running[lost][0].servers:
            listening.close()
        await asyncio.wait([servers._running[lost][1]])
        await asyncio.sleep(0)
        await servers.close()
        return [sentence.replace(lost, "HOST:PORT") for sentence in told]

    assert asyncio.run(story()) == ["the world's server lost at HOST:PORT ended by itself; run it again"]


def test_a_request_that_the_end_of_its_world_cancels_is_no_defect_and_one_that_fails_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A page's server is stopped while a request waits: a person who stops it reads no traceback."""

    async def story(application: Any) -> None:
        servers = Servers("127.0.0.1")
        address = await servers.serve("page", application)
        _, writer = await asyncio.open_connection(*address.split(":"))
        writer.write(f"GET / HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
        await asyncio.wait_for(begun.wait(), 10)
        await servers.close()
        writer.close()

    async def waits(scope: Any, receive: Any, send: Any) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def fails(scope: Any, receive: Any, send: Any) -> None:
        begun.set()
        raise KeyError("a defect")

    begun = asyncio.Event()
    asyncio.run(story(waits))
    assert capsys.readouterr().err == ""
    begun = asyncio.Event()
    asyncio.run(story(fails))
    assert "KeyError: 'a defect'" in capsys.readouterr().err
