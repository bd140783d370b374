"""A client that waits two seconds before each optimizer step, needed or not."""

import asyncio
from typing import Any

from gateway_sim.client.reconnectable import AsyncReconnectableClient
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing

part = "client"
guards = [Guard("healthy", "plain", "not-found", "the healthy run pays at most the warm up")]


@replacing(AsyncReconnectableClient, "optim_step")
async def break_it(step: Original, self: AsyncReconnectableClient, *asked: Any) -> object:
    """Wait before each step."""
    await asyncio.sleep(2.0)
    return await step(self, *asked)
