"""Warm-up by coverage: a proof from every replica of the gateway, however many clients ask for one at once."""

from __future__ import annotations

import asyncio
import itertools
import random

from client.coverage import Coverage, cover
from client.events import WarmupFinished
from client.transport import HttpReply
from scenarios.world import clock

REPLICAS = 3


def test_clients_that_begin_together_behind_a_balancer_that_goes_round_all_meet_every_replica() -> None:
    """As many clients as the replicas go into would meet the same replica each time if they kept in step."""
    ended: list[WarmupFinished] = []
    turns = itertools.cycle(range(REPLICAS))

    async def prove() -> HttpReply:
        replica = next(turns)
        await asyncio.sleep(0.01)
        told = {"x-gateway-replica": f"gw-{replica}", "x-gateway-replicas": str(REPLICAS)}
        return HttpReply(200, told, b"{}")

    async def lost() -> bool:
        return False

    def hear(event: object) -> None:
        if isinstance(event, WarmupFinished):
            ended.append(event)

    async def story() -> None:
        each = (cover(Coverage(0.25, 10.0), prove, lost, random.Random(n), hear) for n in range(2 * REPLICAS))
        await asyncio.gather(*each)

    clock.run(story())
    assert [event.outcome for event in ended] == ["ready"] * 2 * REPLICAS
    assert max(event.took_s for event in ended) < 5.0
