"""A client to which a call that fails is a call that is over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from client.reconnectable import AsyncReconnectableClient
from scenarios.search.mutations import Guard, Put

part = "client"
guards = [Guard("mid-training-flap", "blanket-404", "not-found", "no acknowledged step is lost")]


def break_it(put: Put) -> None:
    """Swallow what a call raises."""

    async def once(self: AsyncReconnectableClient, call: Callable[[], Awaitable[object]]) -> object:
        try:
            return await call()
        except Exception:
            return None

    put(AsyncReconnectableClient, "_retry_on_transient_not_found", once)
