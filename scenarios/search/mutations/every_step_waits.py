"""A client that waits two seconds before each optimizer step, needed or not."""

from __future__ import annotations

import asyncio
from typing import Any

from client.reconnectable import AsyncReconnectableClient
from scenarios.search.mutations import Guard, Put

part = "client"
guards = [Guard("healthy", "plain", "not-found", "the healthy run pays at most the warm up")]


def break_it(put: Put) -> None:
    """Wait before each step."""
    step = AsyncReconnectableClient.optim_step

    async def late(self: AsyncReconnectableClient, *asked: Any) -> object:
        await asyncio.sleep(2.0)
        return await step(self, *asked)

    put(AsyncReconnectableClient, "optim_step", late)
