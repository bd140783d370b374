"""The gateway's own answers: problem+json (RFC 9457), never to be cached."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


class Problem(Exception):
    """An answer that the gateway gives itself; its type is urn:gateway-sim:<slug>, `extra` joins its body."""

    def __init__(
        self,
        status: int,
        slug: str,
        title: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.slug = slug
        self.title = title
        self.detail = detail
        self.headers = headers or {}
        self.extra = extra or {}

    def body(self) -> bytes:
        """Return the JSON body."""
        told = {"type": f"urn:gateway-sim:{self.slug}", "title": self.title, "status": self.status}
        return json.dumps({**told, "detail": self.detail, **self.extra}).encode()

    async def send(self, send: Any, replica: str) -> None:
        """Answer an ASGI request with this problem."""
        body = self.body()
        headers = [
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-gateway-replica", replica.encode()),
            *((name.lower().encode(), value.encode()) for name, value in self.headers.items()),
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
