"""The parts of any HTTP proxy: the headers that it passes on, and an answer that it streams."""

from collections.abc import Set
from typing import Any, Final

from gateway_sim.caller import Caller, CallerLeft
from gateway_sim.upstream import Headers, UpstreamFailure, UpstreamReply

WHOLE_UP_TO_BYTES: Final = 64 * 1024
"""Answers with a Content-Length up to this are sent completely or not at all."""
HOP_BY_HOP: Final = frozenset(
    (b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te",
     b"trailer", b"transfer-encoding", b"upgrade")
)  # fmt: skip


def end_to_end(headers: Headers, dropped: Set[bytes] = HOP_BY_HOP) -> Headers:
    """Return the headers that are not `dropped` or named by `Connection`, their names in lower case."""
    kept, named = [], b""
    for name, value in headers:
        lowered = name.lower()
        if lowered not in dropped:
            kept.append((lowered, value))
        elif lowered == b"connection":
            named += b"," + value
    if named:
        also = {part.strip().lower() for part in named.split(b",")}
        kept = [(name, value) for name, value in kept if name not in also]
    return kept


async def relay(send: Any, reply: UpstreamReply, headers: Headers, caller: Caller) -> None:
    """Send an answer on: a short one completely or not at all, a long one as a stream until the caller leaves.

    Raises `UpstreamFailure` before the answer has begun. If a stream breaks off, the caller's connection is broken too,
    so that the answer does not look complete.
    """
    start = {"type": "http.response.start", "status": reply.status, "headers": headers}
    stated = dict(headers).get(b"content-length", b"")
    if stated.isdigit() and int(stated) <= WHOLE_UP_TO_BYTES:
        body = await reply.whole()
        await send(start)
        await send({"type": "http.response.body", "body": body})
        return
    await send(start)
    leaving = caller.leaving()
    try:
        async for chunk in reply.chunks:
            if leaving.done():
                raise CallerLeft
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except UpstreamFailure as failure:
        raise ConnectionAbortedError("the pod broke off in the middle of its answer") from failure
    finally:
        leaving.cancel()
    await send({"type": "http.response.body", "body": b""})
