"""The gateway's own answers: problem+json (RFC 9457) that must not be cached."""

import json
from collections.abc import Mapping
from typing import Any, Final

_HEADERS: Final = {"Content-Type": "application/problem+json", "Cache-Control": "no-store"}


class Problem(Exception):
    """An answer of the gateway itself; its type is urn:gateway-sim:<slug>, `extra` is added to its body.

    With `text`, the body is this plain text instead.
    """

    def __init__(
        self,
        status: int,
        slug: str,
        title: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
        text: str = "",
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.slug = slug
        self.headers = {**_HEADERS, **(headers or {})}
        if text:
            self.headers["Content-Type"] = "text/plain"
        self._text = text
        self._fields = {"title": title, "status": status, "detail": detail, **(extra or {})}

    def body(self) -> bytes:
        """Return the body: JSON, or the plain text."""
        if self._text:
            return self._text.encode()
        return json.dumps({"type": f"urn:gateway-sim:{self.slug}", **self._fields}).encode()

    async def send(self, send: Any, replica: str) -> None:
        """Answer an ASGI request with this problem."""
        body = self.body()
        own = {"Content-Length": str(len(body)), "X-Gateway-Replica": replica}
        headers = [(name.lower().encode(), value.encode()) for name, value in {**self.headers, **own}.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
