"""One request is repeated as it is, until it is answered or its job is gone."""

import asyncio
from itertools import repeat

import pytest

from gateway_sim.client.events import CallSent, RetryScheduled
from gateway_sim.client.exactly_once.calls import FRESH, FRESH_POOL, generation_header
from gateway_sim.client.exactly_once.liveness import JobIdentity
from gateway_sim.client.sdk.errors import NotFoundError, RequestFailedError
from gateway_sim.client.sdk.profiles import PoolRule

STEP = {"learning_rate": 1e-3}
FORGOTTEN = {"type": "urn:gateway-sim:unknown-model", "detail": "it was not created here"}
LOST = {"error": "lost", "category": "unknown"}


async def step(client):
    """Take an optimizer step."""
    await (await client.optim_step(STEP)).result()


async def fails(client, error=Exception):
    """Take an optimizer step that must fail, and return (its error, the seconds that it took)."""
    began_s = asyncio.get_running_loop().time()
    with pytest.raises(error) as caught:
        await step(client)
    return caught.value, asyncio.get_running_loop().time() - began_s


def becomes(job, after_s, **fields):
    """Let the control plane tell something else of the job in a while."""
    for name, value in fields.items():
        asyncio.get_running_loop().call_later(after_s, setattr, job, name, value)


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
    assert [one.seq_id for one in bench.heard(CallSent) if one.path.endswith("optim_step")] == [1] * 4


def test_a_job_whose_starts_are_not_numbered_has_no_generation_to_ask_for():
    """A gateway would look for a pod of generation 0, which no route has."""
    assert generation_header(JobIdentity("", 0)) == {}
    assert generation_header(JobIdentity("", 3)) == {"x-route-generation": "3"}


def test_a_connection_for_one_request_is_not_kept():
    """There is no limit on their number, and none is used again."""
    assert {FRESH_POOL: PoolRule(None, 0.0)} == FRESH


def test_the_waits_between_repetitions_double_from_four_tenths_of_a_second_to_two(bench, train):
    """Each is drawn from half of that to all of it, and told to the trace as one of the policy."""

    async def story(client):
        bench.trainer.answer("optim_step", 404, times=5)
        await step(client)

    train(story, probe_jitter_s=0.0)
    gaps_s = bench.trainer.gaps_s("optim_step")
    for gap_s, whole_s in zip(gaps_s, [0.4, 0.8, 1.6, 2.0, 2.0], strict=True):
        assert whole_s / 2 <= gap_s <= whole_s
    told = bench.heard(RetryScheduled)
    assert [one.after_s for one in told] == pytest.approx(gaps_s)
    assert {(one.leg, one.by) for one in told} == {("dispatch", "policy")}


def test_what_opens_the_session_is_repeated_by_the_policy_too(bench, train, job):
    """The SDK's own loop around it, which waits as long as it is told, is off."""
    bench.trainer.answer("create_session", 503, times=2, headers={"x-should-retry": "true"})

    async def story(client):
        await step(client)

    train(story)
    assert {one.by for one in bench.heard(RetryScheduled)} == {"policy"}
    assert [one.pool for one in bench.trainer.of("create_session")] == ["session", FRESH_POOL, FRESH_POOL]
    assert job.probes >= 1


def test_a_policy_may_stay_on_the_connections_that_it_has(bench, train):
    """With 0 s of new connections even a repetition at once uses the pool."""

    async def story(client):
        bench.trainer.answer("optim_step", 404, times=1)
        await step(client)

    train(story, fresh_after_refusal_s=0.0, first_s=0.0, longest_s=0.0, probe_jitter_s=0.0)
    assert [one.pool for one in bench.trainer.of("optim_step")] == ["train", "train"]


def test_a_sample_is_asked_for_and_polled_under_one_number(bench, train):
    """Its first poll tells how long the answer to the request took."""

    async def story(client):
        bench.trainer.answer("asample", 404, times=1)
        return await client._calls.sample({"num_samples": 1}, repeat(4))

    assert train(story, probe_jitter_s=0.0)["sequences"][0]["tokens"] == [7]
    sent = bench.trainer.of("asample")
    assert [one.body for one in sent] == [{"num_samples": 1, "seq_id": 4}] * 2
    assert [one.seq_id for one in bench.heard(CallSent) if one.leg == "sample"] == [4, 4]
    poll = bench.trainer.of("retrieve_future")[-1]
    assert poll.headers["X-Tinker-Request-Type"] == "Sample"
    roundtrip_s = float(poll.headers["X-Tinker-Create-Promise-Roundtrip-Time"])
    assert roundtrip_s == pytest.approx(poll.at_s - sent[0].at_s)


def test_a_lost_poll_is_repeated_by_the_policy(bench, train, job):
    """As a refused one: after its wait, and the control plane is asked."""

    async def story(client):
        bench.trainer.lose("retrieve_future", "reset", times=1)
        bench.trainer.answer("retrieve_future", 404, times=1)
        await step(client)

    train(story)
    assert [one.leg for one in bench.heard(RetryScheduled)] == ["poll", "poll"]
    assert min(bench.trainer.gaps_s("retrieve_future")[-2:]) >= 0.2
    assert job.probes >= 1


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
        await asyncio.sleep(100.0)
        bench.trainer.answer("optim_step", 503)
        job.silent = True
        error, took_s = await fails(client)
        assert error.failure.status == 503
        return took_s

    assert 60.0 <= train(story, patience_s=60.0) < 65.0
    assert max(bench.trainer.gaps_s("optim_step")) < 4.0


def test_without_patience_the_first_refusal_is_raised(bench, train, job):
    """Nothing is sent again, and the control plane is not asked."""

    async def story(client):
        bench.trainer.answer("optim_step", 404)
        await fails(client, NotFoundError)

    train(story, patience_s=0.0)
    assert len(bench.trainer.of("optim_step")) == 1
    assert job.probes == 0


def test_an_answer_that_forbids_a_retry_is_checked_with_a_new_question_about_the_job(bench, train, job):
    """The answer before it is some tenths of a second old, and the job has been deleted since."""

    async def story(client):
        bench.trainer.answer("optim_step", 404, times=1)
        bench.trainer.answer("optim_step", 404, headers={"x-should-retry": "false"})
        becomes(job, 0.1, state="DELETED")
        await fails(client, NotFoundError)

    train(story, probe_jitter_s=0.0)
    assert len(bench.trainer.of("optim_step")) == 2
    assert job.probes == 2


@pytest.mark.parametrize(("ends", "sessions"), [("RUNNING", 2), ("DELETED", 1)])
def test_a_refused_call_of_a_job_that_is_queued_waits_until_it_runs_or_is_gone(bench, train, job, ends, sessions):
    """Its next pod gets a session and the call; without a pod the refusal is raised."""

    async def story(client):
        bench.trainer.answer("optim_step", 404, times=1)
        job.state, job.incarnation = "PENDING", 2
        becomes(job, 20.0, state=ends)
        if ends == "DELETED":
            await fails(client, NotFoundError)
        else:
            await step(client)
        return asyncio.get_running_loop().time()

    assert 20.0 < train(story) < 25.0
    assert len(bench.trainer.of("create_session")) == sessions


@pytest.mark.parametrize(("state", "sessions"), [("RUNNING", 2), ("DELETED", 1)])
def test_a_pod_that_denies_the_model_is_believed_after_a_second_answer_about_its_job(
    bench, train, job, state, sessions
):
    """The first may be as old as a second; a job that has ended since is raised as a refusal."""

    async def story(client):
        bench.trainer.answer("optim_step", 404, times=1, body=FORGOTTEN)
        becomes(job, 0.5, state=state)
        if state == "DELETED":
            await fails(client, NotFoundError)
        else:
            await step(client)

    train(story)
    assert job.probes == 2
    assert len(bench.trainer.of("create_session")) == sessions


@pytest.mark.parametrize(
    ("incarnation", "info", "sessions"),
    [(1, None, 1), (2, None, 2), (1, 404, 2), (1, 403, 1)],
    ids=["the pod knows the model", "the job has a new pod", "the pod forgot the model", "the pod does not say"],
)
def test_work_of_unknown_fate_is_done_again_only_where_its_pod_is_gone_or_forgot_it(
    bench, train, job, incarnation, info, sessions
):
    """Otherwise the failure is the caller's: to do it again might do it twice."""

    async def story(client):
        bench.trainer.answer("retrieve_future", 200, times=1, body=LOST)
        if info is not None:
            bench.trainer.answer("get_info", info, times=1, body=FORGOTTEN)
        job.incarnation = incarnation
        if sessions == 1:
            await fails(client, RequestFailedError)
        else:
            await step(client)

    train(story)
    assert len(bench.trainer.of("optim_step")) == len(bench.trainer.of("create_session")) == sessions


@pytest.mark.parametrize(("ends", "sessions"), [("RUNNING", 2), ("DELETED", 1)])
def test_work_of_unknown_fate_on_a_job_that_is_queued_is_done_again_once_it_runs(bench, train, job, ends, sessions):
    """If it is deleted instead, the failure is raised."""

    async def story(client):
        bench.trainer.answer("retrieve_future", 200, times=1, body=LOST)
        job.state, job.incarnation = "PENDING", 2
        becomes(job, 20.0, state=ends)
        if ends == "DELETED":
            await fails(client, RequestFailedError)
        else:
            await step(client)
        return asyncio.get_running_loop().time()

    assert 20.0 < train(story) < 25.0
    assert len(bench.trainer.of("create_session")) == sessions


def test_the_fate_of_work_is_judged_by_a_new_answer_about_its_job(bench, train, job):
    """The one that a refusal got before is older than the move to the next pod."""

    async def story(client):
        bench.trainer.answer("optim_step", 404, times=1)
        bench.trainer.answer("retrieve_future", 200, times=1, body=LOST)
        becomes(job, 0.1, incarnation=2)
        await step(client)

    train(story, probe_jitter_s=0.0)
    assert len(bench.trainer.of("create_session")) == 2


@pytest.mark.parametrize(("patience_s", "probes"), [(30.0, (31, 32)), (0.0, (1,))])
def test_work_of_unknown_fate_is_raised_when_the_control_plane_stays_silent(bench, train, job, patience_s, probes):
    """It is asked once a second for as long as the patience lasts."""

    async def story(client):
        await asyncio.sleep(100.0)
        bench.trainer.answer("retrieve_future", 200, times=1, body=LOST)
        job.silent = True
        return (await fails(client, RequestFailedError))[1]

    assert patience_s <= train(story, patience_s=patience_s, probe_jitter_s=0.0) < patience_s + 2.0
    assert job.probes in probes


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
        await asyncio.sleep(100.0)
        bench.trainer.answer("optim_step", 503, times=1, headers={"retry-after": told})
        await step(client)

    train(story)
    first, second = bench.trainer.of("optim_step")
    assert waits_s <= second.at_s - first.at_s <= waits_s * 1.1 + 0.1
    assert job.probes >= waits_s / 2 - 1


@pytest.mark.parametrize(
    ("told", "settings", "probes"),
    [("2", {"longest_s": 2.0}, 1), ("5", {"probe_every_s": 20.0}, 1)],
    ids=["a wait that is not long", "a control plane that may be asked seldom"],
)
def test_questions_about_the_job_do_not_lengthen_the_wait(bench, train, job, told, settings, probes):
    """One was asked at the refusal; the next is due only in a longer wait, and only at the rate that is allowed."""

    async def story(client):
        bench.trainer.answer("optim_step", 503, times=1, headers={"retry-after": told})
        await step(client)

    train(story, told_spread=0.0, first_s=0.1, probe_jitter_s=0.0, **settings)
    assert bench.trainer.gaps_s("optim_step") == pytest.approx([float(told)])
    assert job.probes == probes


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
