"""a bare proxy: raw ASGI + aiohttp on uvicorn"""

import sys
from pathlib import Path
from typing import Any

import aiohttp
import uvicorn
from yarl import URL

DROPPED = frozenset((b"host", b"connection", b"transfer-encoding", b"keep-alive"))
WHOLE_UP_TO_BYTES = 64 * 1024


class Bare:
    """Passes everything on to one upstream, and does nothing else."""

    def __init__(self, upstream: int) -> None:
        self._root = f"http://127.0.0.1:{upstream}"
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Carry one request there and its answer back; long bodies as they come, short ones whole."""
        session = self._session or self._begin()
        first = await receive()
        body = self._rest(first, receive) if first.get("more_body") else first.get("body") or None
        headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"] if k not in DROPPED]
        url = URL(self._root + scope["path"], encoded=True)
        async with session.request(scope["method"], url, headers=headers, data=body, allow_redirects=False) as reply:
            kept = [(k.lower(), v) for k, v in reply.raw_headers if k.lower() not in DROPPED]
            start = {"type": "http.response.start", "status": reply.status, "headers": kept}
            if (reply.content_length or WHOLE_UP_TO_BYTES) < WHOLE_UP_TO_BYTES:
                whole = await reply.read()
                await send(start)
                await send({"type": "http.response.body", "body": whole})
                return
            await send(start)
            async for chunk in reply.content.iter_any():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

    @staticmethod
    async def _rest(message: Any, receive: Any) -> Any:
        while True:
            yield message.get("body", b"")
            if not message.get("more_body"):
                return
            message = await receive()

    def _begin(self) -> aiohttp.ClientSession:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept", "Content-Type", "Accept-Encoding"),
        )  # fmt: skip
        return self._session


def command(upstream: int, port: int, scratch: Path) -> list[str] | None:
    """Return the words that serve it."""
    return [sys.executable, "-m", "benchmarks.proxies.raw_asgi_aiohttp", str(upstream), str(port)]


if __name__ == "__main__":
    uvicorn.run(
        Bare(int(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[2]),
        log_level="error", access_log=False, lifespan="off", date_header=False, server_header=False,
    )  # fmt: skip
