"""A client that retries a 404 while it connects, each second, for ever."""

import asyncio

from gateway_sim.client.reconnectable import AsyncReconnectableClient
from gateway_sim.client.sdk.errors import NotFoundError
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing

part = "client"
guards = [Guard("route-never-appears", "plain", "not-found", "the caller is answered in time", {"horizon_s": "200"})]


@replacing(AsyncReconnectableClient, "connect")
async def break_it(connect: Original, self: AsyncReconnectableClient) -> object:
    """Connect until it works."""
    while True:
        try:
            return await connect(self)
        except NotFoundError:
            await asyncio.sleep(1.0)
