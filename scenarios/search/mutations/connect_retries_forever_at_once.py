"""A client that takes no 404 for an answer while it connects, and does not even wait."""

from __future__ import annotations

import asyncio

from client.reconnectable import AsyncReconnectableClient
from client.sdk.errors import NotFoundError
from scenarios.search.mutations import Guard, Put

part = "client"
guards = [Guard("route-never-appears", "plain", "not-found", "no busy polling", {"most_requests": "500"})]


def break_it(put: Put) -> None:
    """Connect until it works."""
    connect = AsyncReconnectableClient.connect

    async def stubborn(self: AsyncReconnectableClient) -> None:
        while True:
            try:
                return await connect(self)
            except NotFoundError:
                await asyncio.sleep(0.0)

    put(AsyncReconnectableClient, "connect", stubborn)
