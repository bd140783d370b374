"""The gateway's client of its pods, in which a pod's answers can be delayed or lost."""

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
        reply = await self._upstream.open(method, url, headers, body)
        path = url.partition("/api/v1/")[2]
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
