"""The virtual network: hosts by name, latency, and a task for each request.

A request continues when its caller gives up ("timed out, yet applied"), answers stream, time-outs apply, and
connections have an identity, so that a balancer can pin one to a replica. `httpx.ASGITransport` does none of this
(docs/reference/costs.md §1).
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from gateway_sim.scenarios.sim.events import ConnectionBroken, RequestHitRestart

AsgiApp = Callable[[Any, Any, Any], Any]
Headers = list[tuple[bytes, bytes]]


class Broken(Exception):
    """The exchange failed on the wire; `kind` is "refused" or "reset"."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Request:
    """A request on the wire; `url` is absolute, `connection` is the caller's host and port."""

    method: str
    url: str
    headers: Headers
    body: bytes | AsyncIterator[bytes]
    connection: tuple[str, int]


class Dialled(Protocol):
    """A connection of bytes to a host; `awaited` says that a request on it waits for the rest of its answer."""

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
        """Remove the host: new requests are refused, open ones are reset."""
        self._hosts.pop(address, None)
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

    async def open(self, request: Request) -> Exchange:
        """Send the request, and return once status and headers of the answer are there. Raises `Broken`."""
        latency_s = self._rng.uniform(*self._latency_s)
        lost = self.loses(request)
        await asyncio.sleep(latency_s)
        address = urlsplit(request.url).netloc
        app = self._hosts.get(address)
        if app is None:
            if address in self._restarting:
                self._emit(RequestHitRestart(address, "refused"))
            raise Broken("refused", f"nothing listens at {address}")
        exchange = Exchange(request, latency_s, lost=lost)
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


class Exchange:
    """One request and its answer: the server's ASGI calls, and the stream of frames to the caller."""

    def __init__(self, request: Request, latency_s: float, *, lost: bool) -> None:
        self.request = request
        self.status = 0
        self.headers: Headers = []
        self._latency_s = latency_s
        self._lost = lost
        self._frames: deque[tuple[float, MutableMapping[str, Any] | None]] = deque()
        self._reader: asyncio.Future[None] | None = None
        self._left = False
        self._leaving: asyncio.Future[None] | None = None
        self._complete = False
        self._body_sent = False
        self._pieces = None if isinstance(request.body, bytes) else aiter(request.body)

    def scope(self, address: str) -> dict[str, Any]:
        """Return the ASGI scope that the server sees."""
        url = urlsplit(self.request.url)
        host, _, port = address.rpartition(":")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": self.request.method,
            "scheme": "http",
            "path": unquote(url.path),
            "raw_path": url.path.encode("ascii"),
            "query_string": url.query.encode("ascii"),
            "root_path": "",
            "headers": self.request.headers,
            "client": self.request.connection,
            "server": (host, int(port)),
        }

    async def receive(self) -> dict[str, Any]:
        """Return the next piece of the request's body; after the last, wait for the caller's disconnect."""
        if not self._body_sent:
            if self._pieces is None:
                self._body_sent = True
                return {"type": "http.request", "body": self.request.body, "more_body": False}
            piece = await anext(self._pieces, None)
            self._body_sent = piece is None
            return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}
        if not self._left:
            self._leaving = self._leaving or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._leaving)
        return {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Accept a piece of the answer from the server."""
        if self._complete or self._lost:
            self._complete = self._complete or not message.get("more_body", False)
            return
        self._complete = message["type"] == "http.response.body" and not message.get("more_body", False)
        self._put(message)

    def break_off(self) -> None:
        """End the exchange from the server's side; the caller sees an incomplete answer as a reset."""
        if not self._complete or self._lost:
            self._put(None)

    def caller_left(self) -> None:
        """Make the server's next `receive` return the caller's disconnect."""
        self._left = True
        if self._leaving is not None and not self._leaving.done():
            self._leaving.set_result(None)

    @property
    def awaited(self) -> bool:
        """Whether the caller still waits for the rest of the answer."""
        return not (self._left or self._complete)

    async def head(self) -> None:
        """Wait for status and headers. Raises `Broken`."""
        start = await self._next()
        self.status = start["status"]
        self.headers = [(bytes(k).lower(), bytes(v)) for k, v in start.get("headers", [])]

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the answer's body as it arrives. Raises `Broken` if it is incomplete."""
        more = True
        while more:
            frame = await self._next()
            more = frame.get("more_body", False)
            if frame.get("body"):
                yield frame["body"]
        self.caller_left()

    def _put(self, message: MutableMapping[str, Any] | None) -> None:
        self._frames.append((asyncio.get_running_loop().time() + self._latency_s, message))
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def _next(self) -> MutableMapping[str, Any]:
        loop = asyncio.get_running_loop()
        while not self._frames:
            # a future, because there is one reader and an event costs several times as much
            self._reader = loop.create_future()
            await self._reader
        arrives_s, message = self._frames.popleft()
        ahead_s = arrives_s - loop.time()
        if ahead_s > 0:
            await asyncio.sleep(ahead_s)
        if message is None:
            raise Broken("reset", "the other side went away")
        return message
