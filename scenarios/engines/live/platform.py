"""The platform as a real SDK meets it: one host for control plane and gateway, with a tap on the wire."""

import json
from collections.abc import Callable
from typing import Any

from client.events import CallAnswered, CallSent
from client.sdk.legs import Leg
from gateway_sim.legs import leg_of
from gateway_sim.proxy import PREFIX


class Platform:
    """An ASGI application that passes each request on, and tells of it what our own client would have told.

    A real SDK reports nothing to us, so its calls are read where they arrive. The body of a poll is read before it is
    passed on, for the request id in it; all other bodies stream through.
    """

    def __init__(self, gateway: Any, control_plane: Any, emit: Callable[[object], None]) -> None:
        self._gateway = gateway
        self._control_plane = control_plane
        self._emit = emit

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one ASGI connection."""
        training = scope["path"].startswith(PREFIX)
        path = "/" + scope["path"].removeprefix(PREFIX).split("/", 2)[-1] if training else scope["path"]
        leg: Leg = _client_leg(path) if training else "control"
        request_id = None
        if leg == "poll":
            body = await _whole(receive)
            request_id = _request_id(body)
            receive = _again(body, receive)
        self._emit(CallSent(leg, path, None, request_id))

        async def tell(message: Any) -> None:
            if message["type"] == "http.response.start":
                self._emit(CallAnswered(leg, path, message["status"], request_id))
            await send(message)

        await (self._gateway if training else self._control_plane)(scope, receive, tell)


def _client_leg(path: str) -> Leg:
    leg = leg_of(path.removeprefix("/"))
    return "dispatch" if leg == "other" else leg


async def _whole(receive: Any) -> bytes:
    pieces = []
    while True:
        message = await receive()
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)


def _request_id(body: bytes) -> str | None:
    try:
        found = json.loads(body).get("request_id")
    except (ValueError, AttributeError):
        return None
    return found if isinstance(found, str) else None


def _again(body: bytes, receive: Any) -> Any:
    """Return a receive that gives the body that was read already, and then what the connection says next."""
    given = False

    async def replayed() -> Any:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
