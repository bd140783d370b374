"""The warm-up gets a proof from every gateway replica, however many clients probe at once."""

import asyncio
import itertools
import random
from collections.abc import Iterator

from gateway_sim.client.events import WarmupFinished
from gateway_sim.client.exactly_once.warm_replicas import warm_replicas
from gateway_sim.client.retry_policies import ExactlyOnce
from gateway_sim.client.sdk.failures import Failure
from gateway_sim.client.sdk.transport import HttpReply
from tests import clock

REPLICAS = 3
MISS = Failure("dispatch", 404, "status")


def ends(clients: int, policy: ExactlyOnce, answers: Iterator[int | Failure]) -> list[WarmupFinished]:
    """Let clients warm up at once, each probe answered by the next replica or failure; return how each ended."""
    ended: list[WarmupFinished] = []

    async def prove() -> HttpReply | Failure:
        answer = next(answers)
        await asyncio.sleep(0.01)
        if isinstance(answer, Failure):
            return answer
        told = {"x-gateway-replica": f"gw-{answer}", "x-gateway-replicas": str(REPLICAS)}
        return HttpReply(200, told, b"{}")

    async def lost() -> bool:
        return False

    def hear(event: object) -> None:
        if isinstance(event, WarmupFinished):
            ended.append(event)

    async def story() -> None:
        await asyncio.gather(*(warm_replicas(policy, prove, lost, random.Random(n), hear) for n in range(clients)))

    clock.run(story())
    return ended


def test_clients_that_begin_together_behind_a_balancer_that_goes_round_all_meet_every_replica() -> None:
    """As many clients as the replicas go into would meet the same replica each time if they kept in step."""
    ended = ends(2 * REPLICAS, ExactlyOnce(warm_replicas_healthy_s=10.0), itertools.cycle(range(REPLICAS)))
    assert [event.outcome for event in ended] == ["ready"] * 2 * REPLICAS
    assert max(event.took_s for event in ended) < 5.0


def test_who_was_never_refused_does_not_wait_for_a_replica_that_chance_keeps_back() -> None:
    """The calls cope with what it has not seen; the healthy run pays no more than PR 348's three seconds."""
    (ended,) = ends(1, ExactlyOnce(), itertools.cycle([0, 1]))
    assert ended.outcome == "timed_out"
    assert 2.5 <= ended.took_s < 3.0


def test_one_refusal_is_reason_to_go_on_for_the_whole_time() -> None:
    """Somewhere the route is not known."""
    (ended,) = ends(1, ExactlyOnce(), itertools.chain([MISS], itertools.cycle([0, 1])))
    assert ended.outcome == "timed_out"
    assert ended.took_s >= 10.0


def test_a_failure_soon_after_a_success_is_no_reason_to_doubt_the_job() -> None:
    """The control plane is asked two seconds after the last success, and not two seconds after the beginning."""
    asked_s = []

    async def prove() -> HttpReply | Failure:
        now_s = asyncio.get_running_loop().time()
        if 0.0 < now_s < 3.0:
            return HttpReply(200, {"x-gateway-replica": "gw-0", "x-gateway-replicas": "2"}, b"{}")
        return MISS

    async def lost() -> bool:
        asked_s.append(asyncio.get_running_loop().time())
        return True

    async def story() -> bool:
        return await warm_replicas(ExactlyOnce(), prove, lost, random.Random(0), lambda event: None)

    assert clock.run(story()) is False
    assert len(asked_s) == 1
    assert 4.5 < asked_s[0] < 5.5
