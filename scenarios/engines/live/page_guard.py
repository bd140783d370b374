"""What the live servers accept for their pages and APIs, where a body is read whole: its size, kind and depth."""

from typing import Any, Final

from gateway_sim.json_depth import is_deeper
from gateway_sim.proxy import PREFIX
from gateway_sim.trainer_pod.http_limits import HttpLimits
from gateway_sim.trainer_pod.request_heads import problem, problem_headers

_SAFE: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
_READS: Final = frozenset(("GET", "HEAD", "OPTIONS"))


class PageGuard:
    """The ASGI application behind limits. Training requests and DynamoDB's calls pass: they have limits of their own.

    Its answers may not be framed by another site, and no browser guesses what kind they are.
    """

    def __init__(self, app: Any, limits: HttpLimits) -> None:
        self.app = app
        self._limits = limits

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one ASGI connection."""
        if scope["type"] != "http" or scope["path"].startswith(PREFIX):
            await self.app(scope, receive, send)
            return
        if scope["method"] == "POST" and scope["path"] == "/":
            await self.app(scope, receive, send)
            return

        async def told(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *_SAFE]}
            await send(message)

        if scope["method"] in _READS:
            await self.app(scope, receive, told)
            return
        body = await self._body(scope, receive)
        if body is None:
            return
        if isinstance(body, tuple):
            await _refuse(told, *body)
        elif (refusal := self._objection(scope, body)) is not None:
            await _refuse(told, *refusal)
        else:
            await self.app(scope, _again(body, receive), told)

    async def _body(self, scope: Any, receive: Any) -> bytes | tuple[int, str, str] | None:
        """Return the whole body, None if the caller has left, or the refusal of one that is too long."""
        most = self._limits.page_bytes
        too_long = 413, "body-too-large", f"a body may have {most} bytes here"
        stated = dict(scope["headers"]).get(b"content-length", b"")
        if stated and int(stated) > most:
            return too_long
        pieces, length = [], 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            pieces.append(message.get("body", b""))
            length += len(pieces[-1])
            if length > most:
                return too_long
            if not message.get("more_body", False):
                return b"".join(pieces)

    def _objection(self, scope: Any, body: bytes) -> tuple[int, str, str] | None:
        """Return why a complete body is refused."""
        kind = dict(scope["headers"]).get(b"content-type", b"").partition(b";")[0].strip().lower()
        if body and kind != b"application/json":
            # a form of a foreign page can send every other kind without asking first
            return 415, "no-json", "a body here is application/json, and its Content-Type must say so"
        if is_deeper(body, self._limits.json_depth):
            return 400, "too-deep", f"a body here may be nested {self._limits.json_depth} levels deep"
        return None


def _again(body: bytes, receive: Any) -> Any:
    """Return a `receive` that first gives the body."""
    given = False

    async def replayed() -> Any:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


async def _refuse(send: Any, status: int, slug: str, detail: str) -> None:
    body = problem(status, slug, detail)
    headers = [(name.encode(), value.encode()) for name, value in problem_headers(body)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
