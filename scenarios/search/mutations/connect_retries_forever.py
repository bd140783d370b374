"""A client that takes no 404 for an answer while it connects: again each second, for ever."""

from __future__ import annotations

import asyncio

from client.reconnectable import AsyncReconnectableClient
from client.sdk.errors import NotFoundError
from scenarios.search.mutations import Guard, Put

part = "client"
guards = [Guard("route-never-appears", "plain", "not-found", "the caller hears in time", {"horizon_s": "200"})]
PAUSE_S = 1.0


def break_it(put: Put) -> None:
    """Connect until it works."""
    connect = AsyncReconnectableClient.connect

    async def stubborn(self: AsyncReconnectableClient) -> None:
        while True:
            try:
                return await connect(self)
            except NotFoundError:
                await asyncio.sleep(PAUSE_S)

    put(AsyncReconnectableClient, "connect", stubborn)
