"""What a server does with connections that are old: it resets one that was idle for long, or closes one after use."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gateway_sim.scenarios.sim.wire_events import IdleConnectionReset
from gateway_sim.scenarios.world.gateway import App
from gateway_sim.scenarios.world.settings import Settings

Peer = tuple[str, int]


@dataclass
class _Use:
    """What was sent on a connection: how many requests, how many are open, and when the last one ended."""

    requests: int = 0
    open: int = 0
    ended_s: float = 0.0


class LimitedConnections:
    """An ASGI application with the limits of a server or balancer before it (`Settings`).

    `reset(address, peer)` resets a connection. A connection is known by its caller's host and port.
    """

    def __init__(
        self, app: App, settings: Settings, reset: Callable[[str, Peer], None], emit: Callable[[object], None]
    ) -> None:
        self._app = app
        self._idle_s = settings.reset_idle_s
        self._most = settings.requests_per_connection
        self._reset = reset
        self._emit = emit
        self._uses: dict[Peer, _Use] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request, or reset its connection."""
        peer: Peer = (scope["client"][0], scope["client"][1])
        use = self._uses.setdefault(peer, _Use())
        now_s = asyncio.get_running_loop().time()
        if self._idle_s and use.requests and not use.open and now_s - use.ended_s >= self._idle_s:
            del self._uses[peer]
            host, port = scope["server"]
            self._emit(IdleConnectionReset(round(now_s - use.ended_s, 6), scope["path"]))
            self._reset(f"{host}:{port}", peer)
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        use.requests += 1
        use.open += 1
        is_last = self._most > 0 and use.requests >= self._most

        async def answer(message: Any) -> None:
            if is_last and message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            use.open -= 1
            use.ended_s = asyncio.get_running_loop().time()
            if is_last:
                self._uses.pop(peer, None)


def limited(app: App, settings: Settings, reset: Callable[[str, Peer], None], emit: Callable[[object], None]) -> App:
    """Return the application with the limits that the settings name; itself if they name none."""
    if settings.reset_idle_s or settings.requests_per_connection:
        return LimitedConnections(app, settings, reset, emit)
    return app
