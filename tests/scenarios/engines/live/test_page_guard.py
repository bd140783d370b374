"""What pages and APIs accept: the size, the kind and the depth of a body."""

import asyncio
from typing import Any

import pytest

from gateway_sim.proxy import PREFIX
from gateway_sim.scenarios.engines.live.page_guard import PageGuard
from gateway_sim.trainer_pod.http_limits import HttpLimits

JSON = {"content-type": "application/json"}


class Page:
    """An application that keeps what it reads."""

    def __init__(self) -> None:
        self.read: list[bytes] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer 200 to a whole body."""
        pieces, more = [], True
        while more:
            message = await receive()
            pieces.append(message.get("body", b""))
            more = message.get("more_body", False)
        self.read.append(b"".join(pieces))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def asked(
    method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None, *, leaves: bool = False
) -> tuple[int, dict[bytes, bytes], list[bytes]]:
    """Send one request in pieces; return status (0: no answer), headers, and what the page read."""
    page, told = Page(), []
    pieces = [body[at : at + 600] for at in range(0, len(body), 600)] or [b""]
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    messages[-1] = {"type": "http.disconnect"} if leaves else {**messages[-1], "more_body": False}

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        told.append(message)

    named = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": method, "path": path, "headers": named}
    asyncio.run(PageGuard(page, HttpLimits(page_bytes=1000, json_depth=10))(scope, receive, send))
    if not told:
        return 0, {}, page.read
    return told[0]["status"], dict(told[0]["headers"]), page.read


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{}", JSON, 200),
        (b"", {}, 200),
        (b"[" * 10 + b"]" * 10, {"content-type": "application/json; charset=utf-8"}, 200),
        (b"{}", {}, 415),
        (b"{}", {"content-type": "text/plain"}, 415),
        (b"a=b", {"content-type": "application/x-www-form-urlencoded"}, 415),
        (b"[" * 11, JSON, 400),
        (b" " * 1001, JSON, 413),
        (b"{}", {**JSON, "content-length": "1001"}, 413),
    ],
)
def test_a_body_is_json_of_a_bounded_size_and_depth(body: bytes, headers: dict[str, str], status: int) -> None:
    """Refused before anything parses it; every other one arrives as it was sent."""
    found, answered, read = asked("POST", "/faults/stale-route", body, headers)
    assert (found, read) == (status, [body] if status == 200 else [])
    assert answered[b"x-frame-options"] == b"DENY"


def test_a_caller_that_leaves_within_its_body_is_not_answered() -> None:
    """And the page does not get half a body as a whole one."""
    assert asked("PUT", "/replicas/gw-0/view", b"{}", JSON, leaves=True) == (0, {}, [])


@pytest.mark.parametrize(("method", "path"), [("POST", f"{PREFIX}acme/job-1/api/v1/forward"), ("POST", "/")])
def test_training_requests_and_calls_of_dynamodb_pass(method: str, path: str) -> None:
    """They have limits of their own, and bodies of other kinds."""
    status, headers, read = asked(method, path, b"x" * 5000)
    assert (status, headers, read) == (200, {}, [b"x" * 5000])
