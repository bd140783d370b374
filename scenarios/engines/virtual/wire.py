"""The virtual network: hosts by name, latency, and a task for each request.

A request continues when its caller gives up ("timed out, yet applied"), answers stream, time-outs apply, and
connections have an identity, so that a balancer can pin one to a replica. `httpx.ASGITransport` does none of this
(docs/reference/costs.md §1).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from gateway_sim.scenarios.engines.virtual.addresses import Addresses, Broken
from gateway_sim.scenarios.engines.virtual.connections import Connection
from gateway_sim.scenarios.engines.virtual.exchange import Exchange, Request
from gateway_sim.scenarios.sim.wire_events import ConnectionBroken, RequestHitRestart

AsgiApp = Callable[[Any, Any, Any], Any]


class Dialled(Protocol):
    """A connection of bytes to a host from the caller's `port`."""

    @property
    def port(self) -> int:
        """The caller's port."""
        ...

    @property
    def awaited(self) -> bool:
        """Whether a request waits for the rest of its answer."""
        ...

    def reset(self) -> None:
        """End the connection from the host's side, without an answer."""
        ...


class Wire:
    """The hosts and the requests to them.

    The one-way latency of each request is drawn from `latency_s` (low, high), in seconds. If `loses(request)`, the
    server does the work and the caller sees its connection reset.
    """

    def __init__(
        self, rng: random.Random, emit: Callable[[object], None], latency_s: tuple[float, float] = (0.0005, 0.0015)
    ) -> None:
        self.loses: Callable[[Request], bool] = lambda request: False
        self.addresses = Addresses(emit)
        self._rng = rng
        self._emit = emit
        self._latency_s = latency_s
        self._hosts: dict[str, AsgiApp] = {}
        self._serving: dict[str, dict[asyncio.Task[None], Exchange]] = {}
        self._restarting: dict[str, tuple[AsgiApp, int]] = {}
        self._dialled: dict[str, dict[Dialled, None]] = {}
        self._ports = 40_000

    def listen(self, address: str, app: AsgiApp) -> None:
        """Put `app` at `address` ("host:port")."""
        self._hosts[address] = app
        self._serving[address] = {}

    def hang_up(self, address: str) -> None:
        """Remove the host: new requests are refused, open ones are reset, and idle connections end."""
        self._hosts.pop(address, None)
        self.addresses.end(address)
        for task in self._serving.pop(address, {}):
            task.cancel()
        for connection in self._dialled.pop(address, {}):
            connection.reset()

    def restart(self, address: str) -> Callable[[], None]:
        """Remove the host; the returned undo restores it once every restart of the host is undone."""
        if address in self._hosts:
            for exchange in self._serving[address].values():
                if exchange.awaited:
                    self._emit(RequestHitRestart(address, "reset"))
            for connection in self._dialled.get(address, {}):
                if connection.awaited:
                    self._emit(RequestHitRestart(address, "reset"))
            self._restarting[address] = (self._hosts[address], 0)
            self.hang_up(address)
        app, restarts = self._restarting[address]
        self._restarting[address] = (app, restarts + 1)

        def undo() -> None:
            app, restarts = self._restarting.pop(address)
            if restarts > 1:
                self._restarting[address] = (app, restarts - 1)
            else:
                self.listen(address, app)

        return undo

    def dial(self, address: str, connection: Dialled) -> AsgiApp:
        """Return the application of a host, whose end resets the connection. Raises `Broken` if nothing listens."""
        if self.addresses.refuses(address):
            raise Broken("refused", f"{address} refuses connections")
        app = self._hosts.get(address)
        if app is None:
            if address in self._restarting:
                self._emit(RequestHitRestart(address, "refused"))
            raise Broken("refused", f"nothing listens at {address}")
        self._dialled.setdefault(address, {})[connection] = None
        return app

    def hung_up(self, address: str, connection: Dialled) -> None:
        """Forget a connection that has ended."""
        self._dialled.get(address, {}).pop(connection, None)

    def next_port(self) -> int:
        """Return an unused port for a connection."""
        self._ports += 1
        return self._ports

    def refuse(self, address: str) -> Callable[[], None]:
        """Reset the connections of an address whose host lives on, and refuse new ones until the undo."""
        undo = self.addresses.refuse(address)
        for exchange in self._serving.get(address, {}).values():
            exchange.break_off()
        for connection in list(self._dialled.get(address, {})):
            connection.reset()
        return undo

    def reset(self, address: str, peer: tuple[str, int]) -> None:
        """Reset the connection of an address that comes from `peer`, busy or idle."""
        self.addresses.end_one(address, peer[1])
        for exchange in self._serving.get(address, {}).values():
            if exchange.request.connection == peer:
                exchange.break_off()
        for connection in list(self._dialled.get(address, {})):
            if connection.port == peer[1]:
                connection.reset()

    def swallow(self, address: str) -> Callable[[], None]:
        """Let no byte from or to an address through until the undo."""
        undo = self.addresses.swallow(address)
        self._fall_silent(address)
        return undo

    def sever(self, address: str) -> None:
        """Make the open connections of an address half-open: no byte passes, and neither end is told."""
        self.addresses.sever(address)
        self._fall_silent(address)

    def _fall_silent(self, address: str) -> None:
        for exchange in self._serving.get(address, {}).values():
            exchange.wake()

    async def open(self, request: Request, connection: Connection | None = None) -> Exchange:
        """Send the request, and return once status and headers of the answer are there. Raises `Broken`."""
        connection = connection or Connection(request.connection[1])
        latency_s = self._rng.uniform(*self._latency_s)
        lost = self.loses(request)
        await asyncio.sleep(latency_s)
        address = urlsplit(request.url).netloc
        if address in self.addresses.faulty:
            await self.addresses.reach(address, connection)
        app = self._hosts.get(address)
        # what was on its way on an open connection is reset, and a new connection is refused
        ended = self.addresses.has_ended(address, connection)
        if app is None or ended:
            kind: Literal["reset", "refused"] = "reset" if ended else "refused"
            if address in self._restarting:
                self._emit(RequestHitRestart(address, kind))
            raise Broken(kind, f"{address} has ended the connection" if ended else f"nothing listens at {address}")
        if connection.since_s is None:
            connection.since_s = asyncio.get_running_loop().time()
        exchange = Exchange(request, latency_s, lost=lost, connection=connection, addresses=self.addresses)
        task = asyncio.get_running_loop().create_task(
            self._serve(app, exchange, address), name=f"{request.method} {request.url}"
        )
        serving = self._serving[address]
        serving[task] = exchange
        task.add_done_callback(lambda done: serving.pop(done, None))
        try:
            await exchange.head()
        except BaseException:
            exchange.caller_left()
            raise
        return exchange

    async def _serve(self, app: AsgiApp, exchange: Exchange, address: str) -> None:
        try:
            await app(exchange.scope(address), exchange.receive, exchange.send)
        except Exception as error:
            # as a real server does: it closes the connection and logs the reason
            path = urlsplit(exchange.request.url).path
            self._emit(ConnectionBroken(address, path, f"{type(error).__name__}: {error}"))
        finally:
            exchange.break_off()
