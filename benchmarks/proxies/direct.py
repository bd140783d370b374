"""no proxy: the upstream itself, raw ASGI on uvicorn"""

import sys
from pathlib import Path
from typing import Any

import uvicorn

SMALL = b'{"model_id": "session-1:train:0", "padding": "%s"}' % (b"x" * 167)
PIECE = bytes(64 * 1024)
PIECES = 160
"""A large answer is 10 MiB, in pieces of 64 KiB."""
JSON = [(b"content-type", b"application/json"), (b"content-length", str(len(SMALL)).encode())]
LARGE = [(b"content-type", b"application/octet-stream"), (b"content-length", str(len(PIECE) * PIECES).encode())]


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Read the request to its end and answer: a path that ends in `large` with 10 MiB, any other with 217 bytes."""
    while (await receive()).get("more_body", False):
        pass
    large = scope["path"].endswith("/large")
    await send({"type": "http.response.start", "status": 200, "headers": LARGE if large else JSON})
    if large:
        for _ in range(PIECES):
            await send({"type": "http.response.body", "body": PIECE, "more_body": True})
    await send({"type": "http.response.body", "body": b"" if large else SMALL})


def command(upstream: int, port: int, scratch: Path) -> list[str] | None:
    """Return the words that serve the same application on another port, with no proxy before it."""
    return [sys.executable, "-m", "benchmarks.proxies.direct", str(port)]


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False, lifespan="off")
