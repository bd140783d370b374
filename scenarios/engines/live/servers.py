"""uvicorn servers that live and die with a world, and leave signals to whoever runs it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Iterator, Mapping
from typing import Any, Final

import uvicorn

from scenarios.sim.errors import UsageError

KEPT_IDLE_S: Final = 60
"""How long an idle connection is kept, as AWS's load balancers do: those who drop it sooner are the clients."""


class QuietServer(uvicorn.Server):
    """A uvicorn server that installs no signal handlers: Ctrl-C belongs to the world's own loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


class AwayAlready(UsageError):
    """A server that is to go away and has not come back from the last time."""


class Servers:
    """The ASGI applications that a world serves, each on the port that `ports` has for its name, or on any."""

    def __init__(self, host: str, ports: Mapping[str, int] | None = None) -> None:
        self._host = host
        self._ports = ports or {}
        self._running: dict[str, tuple[QuietServer, asyncio.Task[None]]] = {}
        self._reopening: dict[str, asyncio.Task[None]] = {}

    async def serve(self, name: str, app: Any) -> str:
        """Serve an application and return its address once it accepts connections."""
        return await self._serve(name, app, self._ports.get(name, 0))

    def refuse(self, address: str, for_s: float) -> None:
        """Close the address's port and reset its connections; open it again after `for_s` seconds.

        Raises `AwayAlready` where it is closed.
        """
        if address not in self._running:
            raise AwayAlready(f"{address} is away already, and comes back by itself")
        server, task = self._running.pop(address)
        for listener in server.servers:
            listener.close()
        for connection in list(server.server_state.connections):
            connection.transport.abort()
        server.should_exit = server.force_exit = True

        async def reopen() -> None:
            await asyncio.sleep(for_s)
            await task
            await self._serve(task.get_name(), server.config.app, int(address.rpartition(":")[2]))

        self._reopening[address] = asyncio.get_running_loop().create_task(reopen(), name=f"reopen {address}")

    async def close(self) -> None:
        """Stop every server and wait until its port is free."""
        for reopening in self._reopening.values():
            reopening.cancel()
        for server, _ in self._running.values():
            server.should_exit = server.force_exit = True
        tasks = [*self._reopening.values(), *(task for _, task in self._running.values())]
        await asyncio.gather(*tasks, return_exceptions=True)
        self._running.clear()

    async def _serve(self, name: str, app: Any, port: int) -> str:
        # only of a socket that says it is TCP does asyncio switch Nagle's delay off: 40 ms an answer
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        # a port that is opened again still has connections in TIME_WAIT
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((self._host, port))
        except OSError as error:
            listening.close()
            raise OSError(error.errno, os.strerror(error.errno or 0), f"{self._host}:{port}") from None
        listening.listen(1024)
        # no `date` and `server` of its own: a gateway's answer has those of the pod already
        config = uvicorn.Config(
            app,
            log_level="error",
            lifespan="off",
            access_log=False,
            timeout_graceful_shutdown=1,
            timeout_keep_alive=KEPT_IDLE_S,
            date_header=False,
            server_header=False,
        )
        server = QuietServer(config)
        address = f"{self._host}:{listening.getsockname()[1]}"
        task = asyncio.get_running_loop().create_task(server.serve(sockets=[listening]), name=name)
        self._running[address] = (server, task)
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn tells by a flag, not by an event
            await asyncio.sleep(0.005)
        if task.done():
            task.result()
        return address
