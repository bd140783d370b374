"""uvicorn servers that live and die with a world, and leave signals to whoever runs it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn


class QuietServer(uvicorn.Server):
    """A uvicorn server that installs no signal handlers: Ctrl-C belongs to the world's own loop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


class Servers:
    """The ASGI applications that a world serves on loopback ports of the system's choice."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._running: list[tuple[QuietServer, asyncio.Task[None]]] = []

    async def serve(self, name: str, app: Any) -> str:
        """Serve an application and return its address once it accepts connections."""
        # only of a socket that says it is TCP does asyncio switch Nagle's delay off: 40 ms an answer
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.bind((self._host, 0))
        listening.listen(1024)
        config = uvicorn.Config(app, log_level="error", lifespan="off", access_log=False, timeout_graceful_shutdown=1)
        server = QuietServer(config)
        task = asyncio.get_running_loop().create_task(server.serve(sockets=[listening]), name=f"serve {name}")
        self._running.append((server, task))
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn tells by a flag, not by an event
            await asyncio.sleep(0.005)
        if task.done():
            task.result()
        return f"{self._host}:{listening.getsockname()[1]}"

    async def close(self) -> None:
        """Stop every server and wait until its port is free."""
        for server, _ in self._running:
            server.should_exit = True
            server.force_exit = True
        await asyncio.gather(*(task for _, task in self._running), return_exceptions=True)
        self._running.clear()
