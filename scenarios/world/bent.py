"""The gateway's way to its pods, which a race may bend: answers that pods gave and nobody hears."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from gateway_sim.upstream import Headers, Upstream, UpstreamFailure, UpstreamReply


class BentUpstream:
    """An `Upstream` that loses the answer to a request whose path `loses` picks; the pod has done the work by then."""

    def __init__(self, upstream: Upstream) -> None:
        self.loses: Callable[[str], bool] = lambda path: False
        self._upstream = upstream

    async def open(self, method: str, url: str, headers: Headers, body: bytes | AsyncIterator[bytes]) -> UpstreamReply:
        """Send the request on; raises `UpstreamFailure` after the pod has answered if its answer is to be lost."""
        reply = await self._upstream.open(method, url, headers, body)
        if self.loses(url.partition("/api/v1/")[2]):
            await reply.aclose()
            raise UpstreamFailure("reset")
        return reply

    async def close(self) -> None:
        """Let go of every connection."""
        await self._upstream.close()
