"""uvicorn servers that live and die with a world, and install no signal handlers."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import uvicorn

KEPT_IDLE_S: Final = 60
"""How long an idle connection is kept, as AWS's load balancers do: those who drop it sooner are the clients."""


class QuietServer(uvicorn.Server):
    """A uvicorn server that installs no signal handlers: Ctrl-C belongs to the world's own loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@dataclass
class _Closed:
    """A server whose port is closed until nothing holds it so; `task` is that of the uvicorn server it was."""

    server: QuietServer
    task: asyncio.Task[None]
    holders: int = 0
    reopening: asyncio.Task[None] | None = None


class Servers:
    """The ASGI applications that a world serves, each on the port that `ports` has for its name, or on any."""

    def __init__(self, host: str, ports: Mapping[str, int] | None = None) -> None:
        self._host = host
        self._ports = ports or {}
        self._running: dict[str, tuple[QuietServer, asyncio.Task[None]]] = {}
        self._closed: dict[str, _Closed] = {}

    async def serve(self, name: str, app: Any) -> str:
        """Serve an application and return its address once it accepts connections."""
        return await self._serve(name, app, self._ports.get(name, 0))

    def refuse(self, address: str) -> Callable[[], None]:
        """Close the address's port and reset its connections; return what opens it once all such calls are undone."""
        if address in self._running:
            server, task = self._running.pop(address)
            for listener in server.servers:
                listener.close()
            for connection in list(server.server_state.connections):
                connection.transport.abort()
            server.should_exit = server.force_exit = True
            self._closed[address] = _Closed(server, task)
        closed = self._closed[address]
        closed.holders += 1
        if closed.reopening is not None:
            closed.reopening.cancel()

        def undo() -> None:
            closed.holders -= 1
            # a world that has ended opens no port again
            if closed.holders == 0 and self._closed.get(address) is closed:
                reopening = self._reopen(address, closed)
                closed.reopening = asyncio.get_running_loop().create_task(reopening, name=f"reopen {address}")

        return undo

    async def _reopen(self, address: str, closed: _Closed) -> None:
        await asyncio.wait([closed.task])
        del self._closed[address]
        await self._serve(closed.task.get_name(), closed.server.config.app, int(address.rpartition(":")[2]))

    async def close(self) -> None:
        """Stop every server and wait until its port is free."""
        closed = list(self._closed.values())
        self._closed.clear()
        reopening = [port.reopening for port in closed if port.reopening is not None]
        for task in reopening:
            task.cancel()
        for server, _ in self._running.values():
            server.should_exit = server.force_exit = True
        tasks = [*reopening, *(port.task for port in closed), *(task for _, task in self._running.values())]
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
