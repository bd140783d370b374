"""The gateway's way to its pods, which a race may bend: answers that pods gave and nobody hears, or hears late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from gateway_sim.upstream import Headers, Upstream, UpstreamFailure, UpstreamReply

Bend = Callable[[str], float | None]
"""(a pod's path below api/v1/) -> seconds by which its answer is late, infinite if it is lost; None: as it came."""


class FaultyUpstream:
    """An `Upstream` whose answers go through `bends`, the oldest first; the pod has done the work by then."""

    def __init__(self, upstream: Upstream) -> None:
        self.bends: list[Bend] = []
        self._upstream = upstream

    async def open(self, method: str, url: str, headers: Headers, body: bytes | AsyncIterator[bytes]) -> UpstreamReply:
        """Send the request on; raises `UpstreamFailure` after the pod has answered if its answer is to be lost."""
        reply = await self._upstream.open(method, url, headers, body)
        path = url.partition("/api/v1/")[2]
        late_s = next((by_s for bend in list(self.bends) if (by_s := bend(path)) is not None), 0.0)
        if late_s == float("inf"):
            await reply.aclose()
            raise UpstreamFailure("reset")
        if late_s > 0:
            await asyncio.sleep(late_s)
        return reply

    async def close(self) -> None:
        """Let go of every connection."""
        await self._upstream.close()
