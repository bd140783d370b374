"""One request is repeated as it is, until it is answered or its job is gone."""

import asyncio

import pytest

from gateway_sim.client.exactly_once.calls import FRESH_POOL
from gateway_sim.client.sdk.errors import NotFoundError, RequestFailedError

STEP = {"learning_rate": 1e-3}


def test_a_refused_dispatch_is_sent_again_under_its_seq_id(bench, train):
    """Three refusals, four requests, one operation; each says which incarnation it is for."""

    async def story(client):
        bench.trainer.answer("optim_step", 404, times=2)
        bench.trainer.lose("optim_step", "reset", times=1)
        await (await client.optim_step(STEP)).result()

    train(story)
    sent = bench.trainer.of("optim_step")
    assert [one.body["seq_id"] for one in sent] == [1] * 4
    assert len({str(one.body) for one in sent}) == 1
    assert {one.headers["x-route-generation"] for one in sent} == {"1"}


def test_a_refused_poll_asks_for_the_same_result_again(bench, train):
    """Nothing is dispatched twice for it."""

    async def story(client):
        bench.trainer.answer("retrieve_future", 404, times=3)
        await (await client.optim_step(STEP)).result()

    train(story)
    polls = [one.body["request_id"] for one in bench.trainer.of("retrieve_future")]
    assert polls[-4:] == [polls[-1]] * 4
    assert len(bench.trainer.of("optim_step")) == 1


def test_after_a_refusal_each_request_uses_a_connection_of_its_own_for_a_while(bench, train):
    """No balancer can pin the client to the one replica that does not know its job."""

    async def story(client):
        bench.trainer.answer("optim_step", 404, times=1)
        for _ in range(2):
            await (await client.optim_step(STEP)).result()
        await asyncio.sleep(31.0)
        await (await client.optim_step(STEP)).result()

    train(story)
    pools = [one.pool == FRESH_POOL for one in bench.trainer.of("optim_step")]
    assert pools == [False, True, True, False]


@pytest.mark.parametrize("status", [400, 401, 403, 413, 422])
def test_an_answer_to_the_call_itself_is_raised_at_once(bench, train, job, status):
    """No repetition changes it, and the control plane is not asked."""

    async def story(client):
        bench.trainer.answer("optim_step", status, body={"detail": "no"})
        with pytest.raises(Exception) as caught:
            await (await client.optim_step(STEP)).result()
        return caught.value

    assert train(story).failure.status == status
    assert len(bench.trainer.of("optim_step")) == 1
    assert job.probes == 0


@pytest.mark.parametrize("state", ["DELETED", "FAILED", "PAUSED"])
def test_a_refusal_for_a_job_that_is_gone_is_raised(bench, train, job, state):
    """Once the control plane has said so; another job under its name is as good as none."""

    async def story(client):
        bench.trainer.answer("optim_step", 404)
        job.state = state
        with pytest.raises(NotFoundError):
            await (await client.optim_step(STEP)).result()
        return asyncio.get_running_loop().time()

    assert train(story) < 10.0
    assert len(bench.trainer.of("optim_step")) == 1


def test_a_silent_control_plane_ends_nothing_before_the_patience_does(bench, train, job):
    """Silence is no evidence; the waits stay below 2 s."""

    async def story(client):
        bench.trainer.answer("optim_step", 503)
        job.silent = True
        began_s = asyncio.get_running_loop().time()
        with pytest.raises(Exception, match="503"):
            await (await client.optim_step(STEP)).result()
        return asyncio.get_running_loop().time() - began_s

    assert 60.0 <= train(story, patience_s=60.0) < 65.0
    assert max(bench.trainer.gaps_s("optim_step")) < 4.0


def test_work_that_failed_is_raised_and_not_done_again(bench, train, job):
    """The pod's own word needs no second opinion."""

    async def story(client):
        bench.trainer.answer("retrieve_future", 200, body={"error": "NaN", "category": "user"})
        with pytest.raises(RequestFailedError, match="NaN"):
            await (await client.optim_step(STEP)).result()

    train(story)
    assert len(bench.trainer.of("optim_step")) == 1
    assert job.probes == 0


def test_a_heartbeat_is_sent_once_whatever_is_answered(bench, train):
    """A refused one is not worth repeating: the next comes in ten seconds."""

    async def story(client):
        bench.trainer.answer("session_heartbeat", 404)
        await asyncio.sleep(35.0)

    train(story)
    assert len(bench.trainer.of("session_heartbeat")) == 3


@pytest.mark.parametrize(("told", "waits_s"), [("10", 10.0), ("3600", 60.0)])
def test_a_refused_call_waits_as_long_as_it_was_told_and_asks_about_the_job_meanwhile(bench, train, job, told, waits_s):
    """At most `longest_told_s`; up to a tenth longer, so that clients do not return together."""

    async def story(client):
        bench.trainer.answer("optim_step", 503, times=1, headers={"retry-after": told})
        await (await client.optim_step(STEP)).result()

    train(story)
    first, second = bench.trainer.of("optim_step")
    assert waits_s <= second.at_s - first.at_s <= waits_s * 1.1 + 0.1
    assert job.probes >= waits_s / 2 - 1


def test_a_job_that_ends_while_its_client_waits_as_told_is_noticed(bench, train, job):
    """Within the interval at which the control plane is asked, although the answer told a minute."""

    async def story(client):
        bench.trainer.answer("optim_step", 503, headers={"retry-after": "60"})
        asyncio.get_running_loop().call_later(5.0, setattr, job, "state", "DELETED")
        with pytest.raises(Exception) as caught:
            await (await client.optim_step(STEP)).result()
        assert caught.value.failure.status == 503
        return asyncio.get_running_loop().time()

    assert train(story) < 9.0


def test_a_poll_that_was_told_to_wait_waits_too(bench, train):
    """The SDK ignores the header on a poll."""

    async def story(client):
        bench.trainer.answer("retrieve_future", 503, times=1, headers={"retry-after": "10"})
        await (await client.optim_step(STEP)).result()

    train(story)
    first, second = bench.trainer.of("retrieve_future")[-2:]
    assert second.at_s - first.at_s >= 10.0


def test_a_result_that_is_not_there_yet_is_asked_for_again_as_the_sdk_does(bench, train, job):
    """No refusal: it opens no connections, asks the control plane nothing, and reports no retry of the policy."""

    async def story(client):
        bench.trainer.answer("retrieve_future", 408, times=4)
        await (await client.optim_step(STEP)).result()

    train(story)
    assert bench.trainer.gaps_s("retrieve_future")[-4:] == pytest.approx([0.25] * 4)
    assert {one.pool for one in bench.trainer.of("retrieve_future")} == {"retrieve"}
    assert job.probes == 0
