"""The platform's own reading of a poll: whatever its body is, the gateway gets the same messages."""

import asyncio
from typing import Any

import pytest

from gateway_sim.client.events import CallSent
from gateway_sim.proxy import PREFIX
from gateway_sim.scenarios.engines.live.platform import LONGEST_POLL, Platform

PARTS = [{"type": "http.request", "body": b'{"request_', "more_body": True}]
POLL = b'{"request_id": "r-1"}'


def polled(messages: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], Any]:
    """Return the messages that the gateway reads of a poll, and its request id."""
    read: list[dict[str, Any]] = []
    emitted: list[Any] = []
    left = list(messages)

    async def receive() -> Any:
        return left.pop(0)

    async def gateway(_: Any, receive: Any, __: Any) -> None:
        while True:
            read.append(await receive())
            if not read[-1].get("more_body", False):
                return

    scope = {"type": "http", "path": f"{PREFIX}acme/job-1/api/v1/retrieve_future"}
    asyncio.run(Platform(gateway, None, emitted.append)(scope, receive, None))
    return read, next(event.request_id for event in emitted if isinstance(event, CallSent))


def whole(body: bytes) -> dict[str, Any]:
    """Return a body as one message."""
    return {"type": "http.request", "body": body, "more_body": False}


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 100_000, b"9" * 10_000, b"\xff", b"null", b'{"request_id": 1}']
)
def test_a_body_that_names_no_request_is_passed_on(body: bytes) -> None:
    """The pod refuses it; the platform has nothing to say."""
    assert polled([whole(body)]) == ([whole(body)], None)


def test_a_body_in_pieces_arrives_whole_and_one_without_end_in_pieces() -> None:
    """So much is kept for its request id, and no more."""
    assert polled([*PARTS, whole(b'id": "r-1"}')]) == ([whole(POLL)], "r-1")
    endless = [{"type": "http.request", "body": b"x" * LONGEST_POLL, "more_body": True}] * 3
    assert polled([*endless, whole(b"x")]) == ([*endless, whole(b"x")], None)


def test_a_caller_that_left_within_its_poll_has_left_for_the_gateway_too() -> None:
    """Half a body is never a whole one."""
    gone = [*PARTS, {"type": "http.disconnect"}]
    assert polled(gone) == (gone, None)
