"""The platform for real SDKs and external clients: control plane and gateway on one host, with every call reported."""

import json
from collections.abc import Callable
from typing import Any, Final

from gateway_sim.client.events import CallAnswered, CallSent
from gateway_sim.client.sdk.legs import Leg
from gateway_sim.client.sdk.retry_after import told_wait_s
from gateway_sim.legs import leg_of
from gateway_sim.proxy import PREFIX
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.builder import World

LONGEST_POLL: Final = 1024 * 1024
"""The bytes of a poll's body that are read for its request id; a poll has some hundred."""


class Platform:
    """An ASGI application that forwards each request, and emits the events that our own client emits.

    A real SDK emits no events, so the platform reports its calls. It reads the body of a poll, for the request
    id, before it forwards the poll; all other bodies stream. `time_of_day_s` is the clock of the SDK, to which a date
    in `Retry-After` is compared.
    """

    def __init__(
        self,
        gateway: Any,
        control_plane: Any,
        emit: Callable[[object], None],
        time_of_day_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._gateway = gateway
        self._control_plane = control_plane
        self._emit = emit
        self._time_of_day_s = time_of_day_s

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one ASGI connection."""
        training = scope["path"].startswith(PREFIX)
        path = "/" + scope["path"].removeprefix(PREFIX).split("/", 2)[-1] if training else scope["path"]
        leg: Leg = "control"
        if training:
            known = leg_of(path.removeprefix("/"))
            leg = "dispatch" if known == "other" else known
        request_id = None
        if leg == "poll":
            messages = await _beginning(receive)
            request_id = _request_id(b"".join(message.get("body", b"") for message in messages))
            receive = _again(messages, receive)
        self._emit(CallSent(leg, path, None, request_id))

        async def report(message: Any) -> None:
            if message["type"] == "http.response.start":
                self._emit(CallAnswered(leg, path, message["status"], request_id, self._told_s(message)))
            await send(message)

        await (self._gateway if training else self._control_plane)(scope, receive, report)

    def _told_s(self, message: Any) -> float | None:
        """Return how long the answer tells its caller to wait."""
        if message["status"] < 400:
            return None
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message["headers"]}
        return told_wait_s(headers, self._time_of_day_s())


async def serve_platform(world: World) -> str:
    """Serve a world's gateway and control plane at one address, and return it; the calls are the world's client's."""
    emit = world.counted(world.trace.emitter("client"))
    platform = Platform(world.gateway, world.control_plane, emit, world.engine.time_of_day_s)
    address = await world.engine.serve("platform", platform)
    world.gateway_fronts.append(address)
    return address


def leg_of_failure(trace: Trace) -> str | None:
    """Return the leg of the last refusal on the wire, the most likely cause of a client's error."""
    refused = [e.event for e in trace.of(CallAnswered) if e.event.status >= 400 and e.event.status != 408]
    return refused[-1].leg if refused else None


async def _beginning(receive: Any) -> list[Any]:
    """Return the messages of a body to its end, to the caller's departure, or to `LONGEST_POLL` bytes."""
    messages, length = [], 0
    while True:
        messages.append(await receive())
        length += len(messages[-1].get("body", b""))
        if messages[-1]["type"] == "http.disconnect" or length > LONGEST_POLL:
            return messages
        if not messages[-1].get("more_body", False):
            # in one message, so that the gateway may send it to another pod
            whole = b"".join(message.get("body", b"") for message in messages)
            return [{"type": "http.request", "body": whole, "more_body": False}]


def _request_id(body: bytes) -> str | None:
    """Return the request id of a poll's body, None for a body that has none or is no JSON."""
    try:
        found = json.loads(body).get("request_id")
    except (ValueError, AttributeError, RecursionError):
        return None
    return found if isinstance(found, str) else None


def _again(messages: list[Any], receive: Any) -> Any:
    """Return a `receive` that first gives the messages read before, then those of the connection."""

    async def replayed() -> Any:
        return messages.pop(0) if messages else await receive()

    return replayed
