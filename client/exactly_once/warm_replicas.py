"""A warm-up by coverage: a fresh proof from every gateway replica, not several from one (FINDINGS §0)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from client.events import ReplicaProved, WarmupFinished
from client.sdk.failures import Failure
from client.sdk.transport import HttpReply


@dataclass(frozen=True)
class Coverage:
    """Probes about `gap_s` apart until every replica has proved itself, for `timeout_s` at most.

    The gaps are drawn, up to half as long again: clients that begin together and probe in step would meet
    the same replicas of a balancer that goes round for ever.

    While no probe has failed, `calm_s` are enough: a balancer that draws replicas by chance may keep the last one back
    for long, and who was never ill shall not pay for that.

    After `doubt_s` without a proof, or once the gateway says not to come back, it is asked whether there is still
    anything to prove.
    """

    gap_s: float = 0.25
    calm_s: float = 2.5
    timeout_s: float = 10.0
    doubt_s: float = 2.0


async def cover(
    coverage: Coverage,
    prove: Callable[[], Awaitable[HttpReply | Failure]],
    lost: Callable[[], Awaitable[bool]],
    rng: random.Random,
    emit: Callable[[object], None],
) -> bool:
    """Probe until every replica has proved itself, or the time is up: the calls that follow cope with what is left.

    Return False, and at once, for a job that is `lost`: one that is gone, or runs elsewhere.

    A reply names its replica and how many there are (`x-gateway-replica`, `x-gateway-replicas`); a gateway that
    does not say so is believed after one proof. Each probe must come over a connection of its own.
    """
    loop = asyncio.get_running_loop()
    started_s = proved_s = loop.time()
    patience_s = coverage.calm_s
    proved: dict[str, None] = {}
    while True:
        answer = await prove()
        if isinstance(answer, HttpReply):
            headers = answer.headers
            stated = headers.get("x-gateway-replicas", "")
            replicas = int(stated) if stated.isdigit() else 1
            proved[headers.get("x-gateway-replica", "")], proved_s = None, loop.time()
            emit(ReplicaProved(headers.get("x-gateway-replica", ""), len(proved), replicas))
            if len(proved) >= replicas:
                emit(WarmupFinished("ready", loop.time() - started_s))
                return True
        else:
            patience_s = coverage.timeout_s
            doubtful = answer.should_retry is False or loop.time() - proved_s >= coverage.doubt_s
            if doubtful and await lost():
                emit(WarmupFinished("lost", loop.time() - started_s))
                return False
        if loop.time() - started_s >= patience_s:
            emit(WarmupFinished("timed_out", loop.time() - started_s))
            return True
        await asyncio.sleep(coverage.gap_s * rng.uniform(1.0, 1.5))
