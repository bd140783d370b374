"""One request on the virtual wire and its answer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from gateway_sim.scenarios.engines.virtual.addresses import Addresses, Broken
from gateway_sim.scenarios.engines.virtual.connections import Connection

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Request:
    """A request on the wire; `url` is absolute, `connection` is the caller's host and port."""

    method: str
    url: str
    headers: Headers
    body: bytes | AsyncIterator[bytes]
    connection: tuple[str, int]


class Exchange:
    """One request and its answer: the server's ASGI calls, and the stream of frames to the caller."""

    def __init__(
        self,
        request: Request,
        latency_s: float,
        *,
        lost: bool,
        connection: Connection | None = None,
        addresses: Addresses | None = None,
    ) -> None:
        self.request = request
        self._connection = connection
        self._addresses = addresses
        self._address = urlsplit(request.url).netloc
        self._heard_s = asyncio.get_running_loop().time()
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

    def wake(self) -> None:
        """Let the caller look again whether it can hear anything."""
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def _put(self, message: MutableMapping[str, Any] | None) -> None:
        self._frames.append((asyncio.get_running_loop().time() + self._latency_s, message))
        self.wake()

    async def _next(self) -> MutableMapping[str, Any]:
        loop = asyncio.get_running_loop()
        await self._until_heard()
        while not self._frames:
            # a future, because there is one reader and an event costs several times as much
            self._reader = loop.create_future()
            await self._reader
            await self._until_heard()
        arrives_s, message = self._frames.popleft()
        ahead_s = arrives_s - loop.time()
        if ahead_s > 0:
            await asyncio.sleep(ahead_s)
        if message is None:
            raise Broken("reset", "the other side went away")
        self._heard_s = loop.time()
        return message

    async def _until_heard(self) -> None:
        """Wait while no byte passes on the connection. Raises `Broken` after its limit of silence."""
        if self._addresses is not None and self._addresses.is_silent(self._address, self._connection):
            assert self._connection is not None
            await self._addresses.hear(self._address, self._connection, self._heard_s)
