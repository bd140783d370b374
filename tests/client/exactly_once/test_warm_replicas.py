"""The warm-up gets a proof from every gateway replica, however many clients probe at once."""

import asyncio
import itertools
import random
from collections.abc import Iterator

import pytest

from gateway_sim.client.events import ReplicaProved, WarmupFinished
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


def warmed(answers: list[HttpReply | Failure], *, job_lost: bool = False, begins_s: float = 64.0):
    """Warm up by answers at once, the last for ever, from `begins_s` on.

    Return (the result, the times of the probes and of the questions about the job since then, the events).
    """
    probes_s, asked_s, events, left = [], [], [], list(answers)

    def passed_s() -> float:
        return asyncio.get_running_loop().time() - begins_s

    async def prove() -> HttpReply | Failure:
        probes_s.append(passed_s())
        return left.pop(0) if len(left) > 1 else left[0]

    async def lost() -> bool:
        asked_s.append(passed_s())
        return job_lost

    async def story() -> bool:
        await asyncio.sleep(begins_s)
        return await warm_replicas(ExactlyOnce(told_spread=0.0), prove, lost, random.Random(0), events.append)

    return clock.run(story()), probes_s, asked_s, events


def forwarded(replica: str, replicas: str) -> HttpReply:
    """Return the reply to a probe that a replica forwarded."""
    return HttpReply(200, {"x-gateway-replica": replica, "x-gateway-replicas": replicas}, b"{}")


def refused(**told) -> Failure:
    """Return a 404 that tells more than its status."""
    return Failure("dispatch", 404, "status", **told)


def test_a_gateway_that_names_no_replicas_has_proved_itself_by_one_probe() -> None:
    """Nothing else could be waited for; the trace has the proof and the end."""
    result, probes_s, _, events = warmed([HttpReply(200, {}, b"{}")])
    assert (result, probes_s) == (True, [0.0])
    assert events == [ReplicaProved("", 1, 1), WarmupFinished("ready", 0.0)]


def test_each_probe_proves_one_replica_and_waits_a_gap_that_chance_lengthens() -> None:
    """By up to a half; the trace has how many are known."""
    replies = [forwarded("gw-0", "2"), refused(), forwarded("gw-0", "2"), forwarded("gw-1", "2")]
    result, probes_s, asked_s, events = warmed(replies)
    assert (result, asked_s) == (True, [])
    assert all(0.25 <= later - sooner <= 0.375 for sooner, later in itertools.pairwise(probes_s))
    proved = [ReplicaProved("gw-0", 1, 2), ReplicaProved("gw-0", 1, 2), ReplicaProved("gw-1", 2, 2)]
    assert events == [*proved, WarmupFinished("ready", pytest.approx(probes_s[-1]))]


def test_a_refusal_that_forbids_a_retry_is_reason_to_ask_about_the_job_at_once() -> None:
    """A lost job ends the warm-up there."""
    result, probes_s, asked_s, events = warmed([refused(should_retry=False)], job_lost=True)
    assert (result, probes_s, asked_s) == (False, [0.0], [0.0])
    assert events == [WarmupFinished("lost", 0.0)]


def test_a_job_is_doubted_two_seconds_after_the_last_success_and_then_at_each_refusal() -> None:
    """One that is not lost is probed for the whole time, and then taken as it is."""
    result, probes_s, asked_s, events = warmed([refused(should_retry=True)])
    assert result is True
    assert asked_s == [at_s for at_s in probes_s if at_s >= 2.0]
    assert events == [WarmupFinished("timed_out", pytest.approx(probes_s[-1]))]
    assert probes_s[-2] < 10.0 <= probes_s[-1]


@pytest.mark.parametrize(("told_s", "asked"), [(0.5, []), (2.0, []), (5.0, [2.0, 4.0])])
def test_the_next_probe_comes_when_the_refusal_told_and_the_job_is_asked_about_meanwhile(told_s, asked) -> None:
    """After each two seconds of a longer wait."""
    _, probes_s, asked_s, _ = warmed([refused(retry_after_s=told_s), forwarded("gw-0", "1")])
    assert 0.25 <= probes_s[1] - told_s <= 0.375
    assert asked_s == asked


def test_a_job_that_is_lost_in_a_told_wait_ends_it() -> None:
    """At the first question."""
    result, probes_s, asked_s, events = warmed([refused(retry_after_s=5.0)], job_lost=True)
    assert (result, probes_s, asked_s) == (False, [0.0], [2.0])
    assert events == [WarmupFinished("lost", 2.0)]


def test_a_wait_that_was_told_ends_with_the_time_of_the_warm_up() -> None:
    """No probe comes after it."""
    result, probes_s, asked_s, events = warmed([refused(retry_after_s=60.0)])
    assert (result, probes_s, asked_s) == (True, [0.0], [2.0, 4.0, 6.0, 8.0])
    assert events == [WarmupFinished("timed_out", 10.0)]
