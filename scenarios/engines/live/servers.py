"""The uvicorn servers of a world."""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import uvicorn

from gateway_sim.scenarios.engines.live.page_guard import PageGuard
from gateway_sim.scenarios.engines.live.silence import Silence, deafen, let_hear
from gateway_sim.scenarios.sim.errors import GatewaySimError, SettingsRefused
from gateway_sim.scenarios.world.engine import Unguarded
from gateway_sim.trainer_pod.http_limits import HttpLimits, LimitsRefused
from gateway_sim.trainer_pod.limited_http import LimitedServer, protocol

KEPT_IDLE_S: Final = 60
"""The seconds that an idle connection is kept, as by AWS's load balancers: clients drop theirs sooner."""


def _tells_of_a_defect(record: logging.LogRecord) -> bool:
    """Return whether a record of uvicorn has another error than the cancellation of a request at its server's end."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


logging.getLogger("uvicorn.error").addFilter(_tells_of_a_defect)


class QuietServer(LimitedServer):
    """A uvicorn server without signal handlers: the world's own loop handles Ctrl-C."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture no signal."""
        yield

    async def on_tick(self, counter: int) -> bool:
        """End also when a listening socket was closed behind the server's back."""
        return await super().on_tick(counter) or not all(one.is_serving() for one in self.servers)


class ServerEnded(GatewaySimError):
    """A server of the world ended by itself; nothing can reach the part that it served."""


@dataclass
class _Closed:
    """A server whose port is closed while `holders` is above 0; `task` is the task of the stopped uvicorn server."""

    server: QuietServer
    task: asyncio.Task[None]
    holders: int = 0
    reopening: asyncio.Task[None] | None = None


class Servers:
    """The ASGI applications that a world serves, each on the port in `ports` under its name, or on a free one.

    `ended` is called with the error if a server ends and nothing here has ended it. `limits` None are those that
    `GATEWAY_SIM_LIMITS` names. Raises `SettingsRefused` for its wrong words.
    """

    def __init__(
        self,
        host: str,
        ports: Mapping[str, int] | None = None,
        limits: HttpLimits | None = None,
        ended: Callable[[GatewaySimError], None] = lambda error: None,
    ) -> None:
        self._host = host
        self._limits = limits or _limits_of_environment()
        self._ended = ended
        self._ports = ports or {}
        self._running: dict[str, tuple[QuietServer, asyncio.Task[None]]] = {}
        self._closed: dict[str, _Closed] = {}
        self._silence = Silence()
        self._deaf: dict[tuple[str, QuietServer], int] = {}

    async def serve(self, name: str, app: Any) -> str:
        """Serve an application and return its address once it accepts connections."""
        return await self._serve(name, app, self._ports.get(name, 0))

    def reset(self, address: str, peer: tuple[str, int] | None = None) -> None:
        """Reset the connections of an address, or the one from `peer`; the address goes on accepting others."""
        running = self._running.get(address)
        # a fault that has closed the port has ended its connections
        if running is not None:
            _abort(running[0], peer)

    def serves(self, address: str) -> bool:
        """Whether this world serves the address, or did before a fault closed it."""
        return address in self._running or address in self._closed

    def swallow(self, address: str) -> Callable[[], None]:
        """Let no packet reach the port, and no byte pass on its connections, until the undo."""
        running = self._running.get(address)
        if running is None:
            return lambda: None
        server, _ = running
        sockets = [listening for one in server.servers for listening in one.sockets]
        held = address, server
        self._deaf[held] = self._deaf.get(held, 0) + 1
        if self._deaf[held] == 1:
            for listening in sockets:
                deafen(listening)
        heard = self._silence.swallow(_transports(server))

        def undo() -> None:
            self._deaf[held] -= 1
            # a restart meanwhile has closed the sockets
            if self._running.get(address) is running:
                heard()
                if not self._deaf[held]:
                    for listening in sockets:
                        let_hear(listening)

        return undo

    def sever(self, address: str) -> None:
        """Make the open connections of an address half-open: no byte passes, and neither end is told."""
        if address in self._running:
            self._silence.sever(_transports(self._running[address][0]))

    def refuse(self, address: str) -> Callable[[], None]:
        """Close the port and reset its connections; the returned undo reopens it once every such call is undone."""
        if address in self._running:
            server, task = self._running.pop(address)
            for listener in server.servers:
                listener.close()
            _abort(server)
            server.should_exit = server.force_exit = True
            self._closed[address] = _Closed(server, task)
        closed = self._closed[address]
        closed.holders += 1
        if closed.reopening is not None:
            closed.reopening.cancel()

        def undo() -> None:
            closed.holders -= 1
            # a world that has ended reopens no port
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
        # without IPPROTO_TCP asyncio leaves Nagle's algorithm on, which costs 40 ms per answer
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        # a reopened port still has connections in TIME_WAIT
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((self._host, port))
        except OSError as error:
            listening.close()
            raise OSError(error.errno, os.strerror(error.errno or 0), f"{self._host}:{port}") from None
        listening.listen(1024)
        unguarded = isinstance(app, Unguarded)
        http: Any = protocol(self._limits, any_host=unguarded, any_origin=unguarded)
        config = uvicorn.Config(
            app if unguarded or isinstance(app, PageGuard) else PageGuard(app, self._limits),
            http=http,
            log_level="error",
            lifespan="off",
            ws="none",
            access_log=False,
            timeout_graceful_shutdown=1,
            timeout_keep_alive=KEPT_IDLE_S,
            # a caller could name another address as its own, and so choose its replica
            proxy_headers=False,
            # a gateway's answer has those of the pod
            date_header=False,
            server_header=False,
        )
        server = QuietServer(config)
        address = f"{self._host}:{listening.getsockname()[1]}"
        task = asyncio.get_running_loop().create_task(server.serve(sockets=[listening]), name=name)
        self._running[address] = (server, task)
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn sets a flag, no event
            await asyncio.sleep(0.005)
        if task.done():
            task.result()
        task.add_done_callback(lambda done: self._over(name, address, done))
        return address

    def _over(self, name: str, address: str, task: asyncio.Task[None]) -> None:
        """Report a server that ended by itself, unless a fault or the world's end has closed its port."""
        running = self._running.get(address)
        if running is None or running[1] is not task or running[0].force_exit:
            return
        error = None if task.cancelled() else task.exception()
        why = f": {type(error).__name__}: {error}" if error else ""
        self._ended(ServerEnded(f"the world's server {name} at {address} ended by itself{why}; run it again"))


def _limits_of_environment() -> HttpLimits:
    try:
        return HttpLimits.of(os.environ)
    except LimitsRefused as wrong:
        raise SettingsRefused(str(wrong)) from None


def _abort(server: QuietServer, peer: tuple[str, int] | None = None) -> None:
    connections: list[Any] = list(server.server_state.connections)
    for connection in connections:
        if peer is None or connection.client == peer:
            connection.transport.abort()


def _transports(server: QuietServer) -> list[Any]:
    return [connection.transport for connection in server.server_state.connections]
