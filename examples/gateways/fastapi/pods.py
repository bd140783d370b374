"""The way to a pod and back: bodies are streams, hop-by-hop headers stay here."""

import re

import httpx
from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

HOP_BY_HOP = re.compile(rb"connection|keep-alive|proxy-.+|te|trailer|transfer-encoding|upgrade")
NOT_SENT_TO_PODS = {b"host", b"expect", b"fireworks-trainer"}
Headers = list[tuple[bytes, bytes]]

# a pod holds a poll for up to 40 s, and may have closed an idle connection: each request opens one
one_request_each = httpx.Limits(max_keepalive_connections=0)
pods = httpx.AsyncClient(timeout=httpx.Timeout(90, connect=5), limits=one_request_each, trust_env=False)


def end_to_end(headers: Headers) -> Headers:
    """Return the headers without those of one connection, in lower case."""
    lowered = [(name.lower(), value) for name, value in headers]
    connection = b",".join(value.lower() for name, value in lowered if name == b"connection")
    named = {name.strip() for name in connection.split(b",")}
    return [pair for pair in lowered if pair[0] not in named and not HOP_BY_HOP.fullmatch(pair[0])]


async def forward(request: Request, address: str, path: str, trainer: str) -> StreamingResponse | None:
    """Send a request to a pod, and return its answer; None if the pod cannot be reached."""
    headers = [pair for pair in end_to_end(request.headers.raw) if pair[0] not in NOT_SENT_TO_PODS]
    headers.append((b"fireworks-trainer", trainer.encode()))
    body = request.stream() if {"content-length", "transfer-encoding"} & set(request.headers) else None
    url = f"http://{address}/{path}?{request.url.query}".removesuffix("?")
    try:
        answer = await pods.send(httpx.Request(request.method, url, headers=headers, content=body), stream=True)
    except httpx.HTTPError:
        return None
    response = StreamingResponse(answer.aiter_raw(), answer.status_code, background=BackgroundTask(answer.aclose))
    response.raw_headers = end_to_end(answer.headers.raw)
    return response
