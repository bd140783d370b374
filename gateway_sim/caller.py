"""The caller's end of a request: its body as it comes, and word that it left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from gateway_sim.problems import Problem


class CallerLeft(Exception):
    """The caller hung up before its request was whole; nobody waits for an answer."""


class Caller:
    """Gives the body of one request, up to `max_bytes`; `stopped` says why a body that came in pieces was cut short."""

    def __init__(self, receive: Any, max_bytes: int) -> None:
        self.stopped: Problem | CallerLeft | None = None
        self._receive = receive
        self._max_bytes = max_bytes
        self._whole = False

    async def body(self) -> bytes | AsyncIterator[bytes]:
        """Return a short body whole, a longer one in pieces. Raises `CallerLeft`, and `Problem` when it is too long."""
        first = await self._receive()
        body: bytes = first.get("body", b"")
        self._check(first, len(body))
        if first.get("more_body", False):
            return self._pieces(first)
        self._whole = True
        return body

    def leaving(self) -> asyncio.Future[Any]:
        """Return what is done once the caller hangs up; it is the asker's to cancel."""
        if not self._whole:
            # the body still passes, and tells by itself when the caller leaves
            return asyncio.get_running_loop().create_future()
        return asyncio.get_running_loop().create_task(self._receive(), name="watch the caller leave")

    def too_long(self) -> Problem:
        """Return the refusal of a body above the limit."""
        return Problem(413, "body-too-large", "Body too large", f"a body may have {self._max_bytes} bytes")

    async def _pieces(self, first: Any) -> AsyncIterator[bytes]:
        """Yield the body. Whoever reads it may wrap what is raised here: `stopped` keeps it."""
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
