"""A guest's connections to the hosts of a virtual world: bytes, over the wire, to uvicorn's own HTTP protocol."""

import asyncio
import contextlib
import random
from collections.abc import Callable
from typing import Any, Final

import uvicorn
from uvicorn.server import ServerState

from gateway_sim.scenarios.engines.live.servers import KEPT_IDLE_S
from gateway_sim.scenarios.engines.virtual.addresses import Broken
from gateway_sim.scenarios.engines.virtual.exchange import Request
from gateway_sim.scenarios.engines.virtual.wire import AsgiApp, Wire

Deliver = Callable[[int, str, bytes], None]
"""Hands the guest what arrived: the connection's number, the kind of arrival, and the bytes."""
NO_TIME_S: Final = 1e-9
"""The least time between two arrivals, so that they keep their order."""


class ByteConnections:
    """All connections of one guest. What the guest does arrives after the wire's latency, and so do the answers."""

    def __init__(
        self,
        wire: Wire,
        rng: random.Random,
        deliver: Deliver,
        latency_s: tuple[float, float] = (0.0005, 0.0015),
    ) -> None:
        self._wire = wire
        self._rng = rng
        self._deliver = deliver
        self._latency_s = latency_s
        self._open: dict[int, _Connection] = {}

    def take(self, number: int, kind: str, data: bytes) -> None:
        """Take what the guest did: "connect" (with the address), "data", "eof" or "close"."""
        if kind == "connect":
            latency_s = self._rng.uniform(*self._latency_s)
            self._open[number] = _Connection(self._wire, number, data.decode(), latency_s, self._deliver)
            return
        connection = self._open[number]
        if kind == "data":
            connection.to_host(connection.feed, data)
        else:
            connection.to_host(connection.finish)
        if kind == "close":
            del self._open[number]

    def close(self) -> None:
        """Close every connection, as a process does when it ends."""
        for connection in self._open.values():
            connection.finish()
        self._open.clear()


class _Connection(asyncio.Transport):
    """The host's end of one connection, on which uvicorn's protocol reads and writes."""

    def __init__(self, wire: Wire, number: int, address: str, latency_s: float, deliver: Deliver) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._wire = wire
        self._number = number
        self._address = address
        self._latency_s = latency_s
        self._deliver = deliver
        self.port = wire.next_port()
        self._ended = False
        self._since_s: float | None = None
        self._protocol: Any = None
        self._state = ServerState()
        self._last_there_s = self._last_here_s = 0.0
        self.to_host(self._accept)

    # towards the host

    def to_host(self, act: Callable[..., None], *what: Any) -> None:
        """Let something happen at the host after the latency, in order."""
        self._last_there_s = max(self._loop.time() + self._latency_s, self._last_there_s + NO_TIME_S)
        self._loop.call_at(self._last_there_s, act, *what)

    def _passes(self, act: Callable[..., None], *what: Any) -> bool:
        """Whether bytes pass at this moment; if only a fault's end keeps them, `act` follows it."""
        addresses = self._wire.addresses
        if addresses.is_severed(self._address, self._since_s):
            return False
        if (over := addresses.over(self._address)) is not None:
            over.add_done_callback(lambda _: act(*what))
            return False
        return True

    def _accept(self) -> None:
        if self._ended or not self._passes(self._accept):
            return
        try:
            app = self._wire.dial(self._address, self)
        except Broken:
            self._ended = True
            self._to_guest("refused")
            return
        self._since_s = self._loop.time()
        config = _config(self._served(app))
        protocol: Any = config.http_protocol_class
        self._protocol = protocol(config, self._state, {}, self._loop)
        self._protocol.connection_made(self)
        self._to_guest("open")

    def feed(self, data: bytes) -> None:
        """Give the host bytes of the guest; a host that has ended takes none."""
        if self._protocol is not None and not self._ended and self._passes(self.feed, data):
            self._protocol.data_received(data)

    def finish(self) -> None:
        """End the connection from the guest's side."""
        if not self._ended:
            self._end()
            if self._protocol is not None:
                self._protocol.connection_lost(None)

    def _served(self, app: AsgiApp) -> AsgiApp:
        """Return the host's application with the fault of the wire that loses an answer."""

        async def serve(scope: Any, receive: Any, send: Any) -> None:
            headers = [(bytes(name), bytes(value)) for name, value in scope["headers"]]
            url = f"http://{self._address}{scope['path']}"
            if not self._wire.loses(Request(scope["method"], url, headers, b"", ("client", self.port))):
                # a reset, or the end of the world; uvicorn would log it as an error of the application
                with contextlib.suppress(asyncio.CancelledError):
                    await app(scope, receive, send)
                return

            async def swallow(message: Any) -> None:
                pass

            await app(scope, receive, swallow)
            self.reset()

        return serve

    # towards the guest

    def _to_guest(self, kind: str, data: bytes = b"") -> None:
        self._last_here_s = max(self._loop.time() + self._latency_s, self._last_here_s + NO_TIME_S)
        self._loop.call_at(self._last_here_s, self._deliver, self._number, kind, data)

    @property
    def awaited(self) -> bool:
        """Whether a request waits for the rest of its answer."""
        cycle = self._protocol.cycle if self._protocol is not None else None
        return cycle is not None and not cycle.response_complete

    def reset(self) -> None:
        """End the connection from the host's side, without an answer."""
        if not self._ended:
            self._end()
            if self._passes(self._to_guest, "reset"):
                self._to_guest("reset")
            self._protocol.connection_lost(ConnectionResetError())
            for task in sorted(self._state.tasks, key=hash):
                task.cancel()

    def _end(self) -> None:
        self._ended = True
        self._wire.hung_up(self._address, self)

    # the transport of uvicorn's protocol

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return the two ends; the guest's port is what a balancer sees."""
        host, _, port = self._address.rpartition(":")
        return {"peername": ("client", self.port), "sockname": (host, int(port))}.get(name, default)

    def write(self, data: Any) -> None:
        """Send bytes to the guest."""
        if not self._ended and self._passes(self.write, data):
            self._to_guest("data", bytes(data))

    def close(self) -> None:
        """End the connection after what was written, as a server does with an idle one."""
        if not self._ended:
            self._end()
            if self._passes(self._to_guest, "eof"):
                self._to_guest("eof")
            self._loop.call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        """Reset the connection."""
        self.reset()

    def is_closing(self) -> bool:
        """Whether it has ended."""
        return self._ended

    def pause_reading(self) -> None:
        """Do nothing: the guest's bytes are few."""

    def resume_reading(self) -> None:
        """Do nothing."""

    def set_protocol(self, protocol: Any) -> None:
        """Replace the protocol."""
        self._protocol = protocol

    def __hash__(self) -> int:
        return self.port

    def __eq__(self, other: object) -> bool:
        return self is other


def _config(app: AsgiApp) -> uvicorn.Config:
    """Return the configuration of the live engine's servers."""
    config = uvicorn.Config(
        app,
        http="httptools",
        log_config=None,
        lifespan="off",
        access_log=False,
        timeout_keep_alive=KEPT_IDLE_S,
        date_header=False,
        server_header=False,
    )
    config.load()
    return config
