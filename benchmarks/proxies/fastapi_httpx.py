"""FastAPI + httpx on uvicorn"""

import sys
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

DROPPED = frozenset(("host", "connection", "transfer-encoding", "keep-alive"))


def proxy(upstream: int) -> FastAPI:
    """Return the usual way to write one: a catch-all route, a client, a streamed response."""
    app = FastAPI()
    client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{upstream}", timeout=60.0, limits=httpx.Limits())

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    async def pass_on(request: Request, path: str) -> StreamingResponse:
        """Carry one request there and its answer back, streaming both ways."""
        headers = [(k, v) for k, v in request.headers.raw if k.decode() not in DROPPED]
        has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
        asked = client.build_request(
            request.method, request.url.path, headers=headers, content=request.stream() if has_body else None
        )
        reply = await client.send(asked, stream=True)
        kept = {k: v for k, v in reply.headers.items() if k not in DROPPED}
        return StreamingResponse(reply.aiter_raw(), reply.status_code, kept, background=BackgroundTask(reply.aclose))

    return app


def command(upstream: int, port: int, scratch: Path) -> list[str] | None:
    """Return the words that serve it."""
    return [sys.executable, "-m", "benchmarks.proxies.fastapi_httpx", str(upstream), str(port)]


if __name__ == "__main__":
    uvicorn.run(
        proxy(int(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[2]),
        log_level="error", access_log=False, lifespan="off",
    )  # fmt: skip
