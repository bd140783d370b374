"""The gateway's client of its pods, in which a pod's answers can be delayed, lost, or replaced by errors."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from typing import Final

from gateway_sim.scenarios.world.fault import Undo
from gateway_sim.upstream import Headers, Upstream, UpstreamFailure, UpstreamReply

LOST_S: Final = math.inf
"""The delay of an answer that never arrives."""


class FaultyUpstream:
    """An `Upstream` that delays or loses single answers; the pod has done the work."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self.pace: Callable[[str], float] = lambda path: 0.0
        """Told of each answer to a path; returns by how many seconds it is late besides."""
        self._delays: list[tuple[str, float, Callable[[], None]]] = []
        self._failing: list[tuple[bool, Callable[[str], None]]] = []

    def fail(self, *, after_work: bool, met: Callable[[str], None]) -> Undo:
        """Answer 503 in place of the pods, or reset each connection `after_work`; call `met` with the path each time.

        The newest call counts; the undo removes this call only.
        """
        failing = (after_work, met)
        self._failing.append(failing)
        return lambda: self._failing.remove(failing)

    def delay_next(self, path: str, late_s: float, met: Callable[[], None]) -> Undo:
        """Delay the next answer to `path` (below api/v1/) by `late_s` (`LOST_S`: lose it), and then call `met`.

        Each call affects one answer, the oldest call for a path first. The undo has no effect after that answer.
        """
        delay = (path, late_s, met)
        self._delays.append(delay)

        def undo() -> None:
            if delay in self._delays:
                self._delays.remove(delay)

        return undo

    async def open(self, method: str, url: str, headers: Headers, body: bytes | AsyncIterator[bytes]) -> UpstreamReply:
        """Forward the request. Raises `UpstreamFailure` after the pod has answered if its answer is lost."""
        path = url.partition("/api/v1/")[2]
        if self._failing:
            after_work, met = self._failing[-1]
            met(path)
            if not after_work:
                return Unavailable()
            reply = await self._upstream.open(method, url, headers, body)
            await reply.aclose()
            raise UpstreamFailure("reset")
        reply = await self._upstream.open(method, url, headers, body)
        late_s = self._late_s(path) + self.pace(path)
        if late_s == LOST_S:
            await reply.aclose()
            raise UpstreamFailure("reset")
        if late_s > 0:
            await asyncio.sleep(late_s)
        return reply

    async def close(self) -> None:
        """Close every connection."""
        await self._upstream.close()

    def _late_s(self, path: str) -> float:
        """Remove the oldest delay for a path, and return its seconds; 0 if there is none."""
        for delay in self._delays:
            wanted, late_s, met = delay
            if wanted == path:
                self._delays.remove(delay)
                met()
                return late_s
        return 0.0


class Unavailable:
    """The answer of a pod, or of the proxy before it, that is overloaded: 503, and nothing was done."""

    status = 503

    def __init__(self) -> None:
        self.headers: Headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]

    @property
    def chunks(self) -> AsyncIterator[bytes]:
        """The body."""
        return self._body()

    async def whole(self) -> bytes:
        """Return the body."""
        return b"{}"

    async def aclose(self) -> None:
        """Do nothing."""

    @staticmethod
    async def _body() -> AsyncIterator[bytes]:
        yield b"{}"
