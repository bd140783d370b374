"""The caller's side of a request: its body, and whether the caller has disconnected."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from gateway_sim.problems import Problem


class CallerLeft(Exception):
    """The caller disconnected before its request was complete, so no answer is sent."""


class Caller:
    """Reads the body of one request, up to `max_bytes`; `stopped` is the reason why a streamed body ended early."""

    def __init__(self, receive: Any, max_bytes: int) -> None:
        self.stopped: Problem | CallerLeft | None = None
        self._receive = receive
        self._max_bytes = max_bytes
        self._whole = False

    async def body(self) -> bytes | AsyncIterator[bytes]:
        """Return a short body as bytes, a longer one as a stream. Raises `CallerLeft`; `Problem` if it is too long."""
        first = await self._receive()
        body: bytes = first.get("body", b"")
        self._check(first, len(body))
        if first.get("more_body", False):
            return self._pieces(first)
        self._whole = True
        return body

    def leaving(self) -> asyncio.Future[Any]:
        """Return a future that is done once the caller disconnects; cancel it after use."""
        if not self._whole:
            # the body is still being read, and its reader sees the disconnect
            return asyncio.get_running_loop().create_future()
        return asyncio.get_running_loop().create_task(self._receive(), name="watch the caller leave")

    def too_long(self) -> Problem:
        """Return the refusal of a body above the limit."""
        return Problem(413, "body-too-large", "Body too large", f"a body may have {self._max_bytes} bytes")

    async def _pieces(self, first: Any) -> AsyncIterator[bytes]:
        """Yield the body; `stopped` keeps the exception, which the reader may wrap in another."""
        message, total = first, 0
        while True:
            total += len(message.get("body", b""))
            try:
                self._check(message, total)
            except (Problem, CallerLeft) as stopped:
                self.stopped = stopped
                raise
            if message.get("body"):
                yield message["body"]
            if not message.get("more_body", False):
                self._whole = True
                return
            message = await self._receive()

    def _check(self, message: Any, total: int) -> None:
        if message["type"] == "http.disconnect":
            raise CallerLeft
        if total > self._max_bytes:
            raise self.too_long()
