"""A client that treats a failed call as done."""

from collections.abc import Awaitable, Callable

from gateway_sim.client.reconnectable import AsyncReconnectableClient
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing

part = "client"
guards = [Guard("mid-training-flap", "blanket-404", "not-found", "no acknowledged step is lost")]


@replacing(AsyncReconnectableClient, "_retry_on_transient_not_found")
async def break_it(_: Original, self: AsyncReconnectableClient, call: Callable[[], Awaitable[object]]) -> object:
    """Swallow each error."""
    try:
        return await call()
    except Exception:
        return None
