"""The servers of a live world: what they add to an answer, and a port that is closed for a while."""

import asyncio
import socket
from typing import Any

import aiohttp
import pytest

from gateway_sim.scenarios.engines.live.servers import Servers


async def hello(scope: Any, receive: Any, send: Any) -> None:
    """Answer 200."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


def test_an_answer_carries_what_the_application_said_and_nothing_more() -> None:
    """A gateway passes a pod's `date` and `server` on; a second pair beside them would not be the pod's."""

    async def story() -> list[str]:
        servers = Servers("127.0.0.1")
        address = await servers.serve("hello", hello)
        async with aiohttp.ClientSession() as session, session.get(f"http://{address}/") as answer:
            names = [name.lower() for name in answer.headers]
        await servers.close()
        return names

    assert asyncio.run(story()) == ["content-length"]


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
            writer.write(b"GET / HTTP/1.1\r\nHost: hello\r\n\r\n")
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
