"""A warm-up that ends when every gateway replica has forwarded a probe.

See docs/reference/findings.md §0.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from gateway_sim.client.events import ReplicaProved, WarmupFinished
from gateway_sim.client.sdk.failures import Failure
from gateway_sim.client.sdk.transport import HttpReply

if TYPE_CHECKING:
    from gateway_sim.client.retry_policies.exactly_once import ExactlyOnce

DOUBT_S: Final = 2.0
"""After so long without a success the control plane is asked whether the job is lost."""


async def warm_replicas(
    policy: ExactlyOnce,
    probe: Callable[[], Awaitable[HttpReply | Failure]],
    lost: Callable[[], Awaitable[bool]],
    rng: random.Random,
    emit: Callable[[object], None],
) -> bool:
    """Probe until every replica has forwarded a probe or the time is up; return False as soon as the job is `lost`.

    A reply names its replica and the number of replicas (`x-gateway-replica`, `x-gateway-replicas`). Where a gateway
    sends neither, one success is enough. Each probe must use a connection of its own. `lost` is asked after `DOUBT_S`
    without a success, or after an answer that says not to retry. After an answer with a `Retry-After` the next probe
    comes that much later, or at the end of the time.
    """
    loop = asyncio.get_running_loop()
    started_s = proved_s = loop.time()
    # random balancing may not reach the last replica for a long time, and a healthy run should not pay for that
    limit_s = policy.warm_replicas_healthy_s
    proved: dict[str, None] = {}
    while True:
        answer = await probe()
        told_s = 0.0
        if isinstance(answer, HttpReply):
            replica = answer.headers.get("x-gateway-replica", "")
            stated = answer.headers.get("x-gateway-replicas", "")
            replicas = int(stated) if stated.isdigit() else 1
            proved[replica], proved_s = None, loop.time()
            emit(ReplicaProved(replica, len(proved), replicas))
            if len(proved) >= replicas:
                emit(WarmupFinished("ready", loop.time() - started_s))
                return True
        else:
            limit_s = policy.warm_replicas_longest_s
            told_s = policy.told(answer).draw_s(rng)
            doubtful = answer.should_retry is False or loop.time() - proved_s >= DOUBT_S
            if doubtful and await lost():
                emit(WarmupFinished("lost", loop.time() - started_s))
                return False
        until_s = min(loop.time() + told_s, started_s + limit_s)
        while (left_s := until_s - loop.time()) > 0:
            await asyncio.sleep(min(left_s, DOUBT_S))
            if left_s > DOUBT_S and await lost():
                emit(WarmupFinished("lost", loop.time() - started_s))
                return False
        if loop.time() - started_s >= limit_s:
            emit(WarmupFinished("timed_out", loop.time() - started_s))
            return True
        # in step, clients that begin together would meet the same replicas of a round-robin balancer for ever
        await asyncio.sleep(policy.warm_replicas_gap_s * rng.uniform(1.0, 1.5))
