"""A warm-up by coverage: one fresh probe forwarded by every gateway replica, not several by one.

See docs/reference/findings.md §0.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from client.events import ReplicaProved, WarmupFinished
from client.sdk.failures import Failure
from client.sdk.transport import HttpReply


@dataclass(frozen=True)
class Coverage:
    """Probes about `gap_s` apart until every replica has forwarded one, for `timeout_s` at most.

    Each gap is drawn from `gap_s` to half as long again: clients that begin together and probe in step would meet the
    same replicas of a round-robin balancer for ever.

    While no probe has failed the limit is `calm_s`: with random balancing the last replica may not be reached for a
    long time, and a healthy run should not pay for that.

    After `doubt_s` without a success, or after an answer that says not to retry, the control plane is asked whether
    the job is lost.
    """

    gap_s: float = 0.25
    calm_s: float = 2.5
    timeout_s: float = 10.0
    doubt_s: float = 2.0


async def warm_replicas(
    coverage: Coverage,
    probe: Callable[[], Awaitable[HttpReply | Failure]],
    lost: Callable[[], Awaitable[bool]],
    rng: random.Random,
    emit: Callable[[object], None],
) -> bool:
    """Probe until every replica has forwarded one, or the time is up; False, and at once, for a job that is `lost`.

    A reply names its replica and their number (`x-gateway-replica`, `x-gateway-replicas`); of a gateway that names
    neither one success is enough. Each probe must use a connection of its own.
    """
    loop = asyncio.get_running_loop()
    started_s = proved_s = loop.time()
    limit_s = coverage.calm_s
    proved: dict[str, None] = {}
    while True:
        answer = await probe()
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
            limit_s = coverage.timeout_s
            doubtful = answer.should_retry is False or loop.time() - proved_s >= coverage.doubt_s
            if doubtful and await lost():
                emit(WarmupFinished("lost", loop.time() - started_s))
                return False
        if loop.time() - started_s >= limit_s:
            emit(WarmupFinished("timed_out", loop.time() - started_s))
            return True
        await asyncio.sleep(coverage.gap_s * rng.uniform(1.0, 1.5))
