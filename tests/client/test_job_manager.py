"""The control plane as the SDK asks it: ready, over, away, or not there (docs/reference/protocol.md §3)."""

import asyncio
import random

import pytest

from gateway_sim.client.events import JobReported, ReadinessReached
from gateway_sim.client.job_manager import JobStatus, TrainerEndpoint, TrainerJobManager
from gateway_sim.client.sdk.errors import ControlPlaneError, describe
from tests.clock import run

ACCOUNTS = "/v1/accounts?pageSize=2"
JOBS = "/v1/accounts/acme/rlorTrainerJobs"
JOB = f"{JOBS}/job-1"


@pytest.fixture
def jobs(bench):
    """Give a manager whose key belongs to the account acme; trainers are behind a gateway of their own."""
    bench.trainer.answer(ACCOUNTS, 200, body={"accounts": [{"name": "accounts/acme"}]})
    return TrainerJobManager(
        "http://control", "key-1", bench.trainer, random.Random(0), bench.events.append, "http://gateway"
    )


def _states(bench, *states):
    """Let the job report one state after another, the last for ever."""
    for state in states[:-1]:
        bench.trainer.answer(JOB, 200, times=1, body={"state": f"JOB_STATE_{state}"})
    bench.trainer.answer(JOB, 200, body={"state": f"JOB_STATE_{states[-1]}", "status": {"message": "out of memory"}})


def _raises(work, error):
    """Run work that must raise, and return (exception, seconds)."""

    async def fails():
        with pytest.raises(error) as caught:
            await work
        return caught.value, asyncio.get_running_loop().time()

    return run(fails())


def test_waits_until_running_and_healthy(bench, jobs):
    """Every 5 s: the job's state, and once RUNNING a healthz through the gateway, of which only 200 counts."""
    _states(bench, "PENDING", "PENDING", "RUNNING")
    bench.trainer.answer("healthz", 404, times=1)
    bench.trainer.answer("healthz", 204, times=1)
    bench.trainer.answer("healthz", 200, body=b"ok")
    endpoint = run(jobs.wait_for_existing("job-1"))
    assert endpoint == TrainerEndpoint("http://gateway/training/v1/rlorTrainerJobs/acme/job-1", "acme", "job-1", 0, "")
    assert bench.heard(JobReported) == [JobReported("JOB_STATE_PENDING"), JobReported("JOB_STATE_RUNNING")]
    assert bench.events[-1] == ReadinessReached()
    health = bench.trainer.of("healthz")
    latency_s = bench.trainer.latency_s
    assert bench.trainer.gaps_s(JOB) == pytest.approx([5.0, 5.0, 5.0 + latency_s, 5.0 + latency_s])
    assert len(health) == 3
    assert {(sent.pool, sent.timeout_s) for sent in health} == {("control-plane", 5.0)}
    assert health[0].headers["Authorization"] == "Bearer key-1"


def test_a_caller_may_wait_for_the_route_at_every_replica_too(bench, jobs):
    """The endpoint says which start of which job is reached; before, the trainer is not asked for its health."""
    told = {"state": "JOB_STATE_RUNNING", "incarnation": 3, "uid": "acme/job-1#1"}
    bench.trainer.answer(JOB, 200, times=2, body={**told, "routable": False})
    bench.trainer.answer(JOB, 200, body={**told, "routable": True})
    endpoint = run(jobs.wait_for_existing("job-1", routable=True))
    assert (endpoint.incarnation, endpoint.uid) == (3, "acme/job-1#1")
    assert (len(bench.trainer.of(JOB)), len(bench.trainer.of("healthz"))) == (3, 1)
    assert run(jobs.get("job-1")) == JobStatus("acme", "job-1", "JOB_STATE_RUNNING", "", 3, "acme/job-1#1", True)


@pytest.mark.parametrize("told", [{}, {"status": {}}, {"status": None, "incarnation": None}])
def test_what_a_control_plane_does_not_state_is_empty(bench, jobs, told):
    """No state, no message, no number of the start, no uid, and a route that nothing was said about."""
    bench.trainer.answer(JOB, 200, body=told)
    status = run(jobs.get("job-1"))
    assert (status.state, status.message, status.incarnation, status.uid, status.routable) == ("", "", 0, "", False)


def test_a_name_with_a_slash_stays_one_part_of_the_path(bench, jobs):
    """In each route that has the name."""
    asked = f"{JOBS}/team%2Fone"
    bench.trainer.answer(f"{JOBS}?rlorTrainerJobId=team%2Fone", 200, body={"state": "JOB_STATE_RUNNING"})
    bench.trainer.answer(asked, 200, body={"state": "JOB_STATE_RUNNING"})

    async def work():
        await jobs.create("team/one")
        return await jobs.wait_for_existing("team/one")

    assert run(work()).base_url == "http://gateway/training/v1/rlorTrainerJobs/acme/team%2Fone"
    assert len(bench.trainer.of(asked)) == 1


def test_the_account_is_asked_for_once(bench, jobs):
    """Two questions about jobs, one about the account."""
    _states(bench, "RUNNING")

    async def work():
        return [await jobs.get("job-1"), await jobs.get("job-1")]

    assert run(work()) == [JobStatus("acme", "job-1", "JOB_STATE_RUNNING", "out of memory")] * 2
    assert len(bench.trainer.of(ACCOUNTS)) == 1


@pytest.mark.parametrize("state", ["FAILED", "DELETED", "CANCELLED", "COMPLETED", "ARCHIVED"])
def test_a_job_that_is_over_ends_the_waiting_with_a_sentence(bench, jobs, state):
    """A client does not wait an hour for a job that cannot come."""
    _states(bench, "PENDING", state)
    raised, took_s = _raises(jobs.wait_for_existing("job-1"), ControlPlaneError)
    assert str(raised) == f"trainer job job-1 is {state} and will not become ready by waiting: out of memory"
    assert describe(raised).leg == "control"
    assert took_s < 6.0


def test_a_job_that_is_over_without_a_reason_has_a_sentence_without_one(bench, jobs):
    """It ends after the waiting."""
    bench.trainer.answer(JOB, 200, body={"state": "JOB_STATE_EXPIRED"})
    raised, _ = _raises(jobs.wait_for_existing("job-1"), ControlPlaneError)
    assert str(raised) == "trainer job job-1 is EXPIRED and will not become ready by waiting"


def test_waiting_ends_with_the_timeout(bench, jobs):
    """A paused job may be resumed by someone, so it is waited for until the time is up."""
    _states(bench, "PAUSED")

    async def later():
        await asyncio.sleep(1000.0)
        await jobs.wait_for_existing("job-1", timeout_s=60.0)

    raised, ended_s = _raises(later(), TimeoutError)
    assert str(raised) == "trainer job job-1 was not ready within 60 s; last seen: JOB_STATE_PAUSED"
    assert 1060.0 <= ended_s < 1066.0


def test_a_job_is_waited_for_an_hour_at_most(bench, jobs):
    """Unless the caller says otherwise (docs/reference/protocol.md §6)."""
    bench.trainer.latency_s = 100.0
    _states(bench, "PAUSED")
    raised, ended_s = _raises(jobs.wait_for_existing("job-1"), TimeoutError)
    assert "within 3600 s" in str(raised)
    assert 3600.0 <= ended_s < 3800.0


def test_without_time_to_wait_nothing_is_asked_about_the_job(bench, jobs):
    """The error says that nothing was seen."""

    async def work():
        await jobs.account()
        await jobs.wait_for_existing("job-1", timeout_s=0.0)

    raised, _ = _raises(work(), TimeoutError)
    assert str(raised).endswith("last seen: nothing")
    assert bench.trainer.of(JOB) == []


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_control_calls_wait_out_an_outage(bench, jobs, status):
    """1, 2, 4 s and so on up to 30 s, until it is over."""
    bench.trainer.answer(JOB, status, times=6)
    _states(bench, "RUNNING")
    assert run(jobs.get("job-1")).state == "JOB_STATE_RUNNING"
    assert bench.trainer.gaps_s(JOB) == pytest.approx([1, 2, 4, 8, 16, 30])


@pytest.mark.parametrize("kind", ["refused", "timeout"])
def test_control_calls_wait_out_lost_calls(bench, jobs, kind):
    """A control plane that cannot be reached is treated as one that answers 503."""
    bench.trainer.lose(JOB, kind, times=2)
    _states(bench, "RUNNING")
    run(jobs.get("job-1"))
    assert bench.trainer.gaps_s(JOB) == pytest.approx([1, 2])


def test_control_calls_give_up_after_300_seconds(bench, jobs):
    """The last wait is cut so that it ends with the budget, and the error carries the status."""
    bench.trainer.answer(JOB, 503)
    raised, took_s = _raises(jobs.get("job-1"), ControlPlaneError)
    assert (raised.status, raised.leg) == (503, "control")
    assert took_s == pytest.approx(300.0, abs=0.1)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_other_errors_raise_at_once(bench, jobs, status):
    """An unknown job is a ControlPlaneError of status 404, and no NotFoundError that a policy would retry."""
    bench.trainer.answer(JOB, status)
    raised, _ = _raises(jobs.get("job-1"), ControlPlaneError)
    assert raised.status == status
    assert raised.failure.kind == "status"
    assert len(bench.trainer.of(JOB)) == 1


@pytest.mark.parametrize(
    ("listed", "named"),
    [
        ({}, "none"),
        ({"accounts": []}, "none"),
        ({"accounts": [{}]}, "none"),
        ({"accounts": [{"name": "accounts/a"}, {"name": "accounts/b"}]}, "['a', 'b']"),
    ],
)
def test_a_key_must_belong_to_exactly_one_account(bench, listed, named):
    """None and several are both a ValueError, as in the SDK, that names what was listed."""
    bench.trainer.answer(ACCOUNTS, 200, body=listed)
    manager = TrainerJobManager("http://control", "key-1", bench.trainer, random.Random(0), bench.events.append)
    raised, _ = _raises(manager.get("job-1"), ValueError)
    assert str(raised) == f"the API key must belong to exactly one account; it belongs to {named}"


def test_an_answer_that_is_no_json_object_is_an_error(bench, jobs):
    """A proxy's page is not taken for a job."""
    bench.trainer.answer(JOB, 200, body=b"<html>")
    raised, _ = _raises(jobs.get("job-1"), ControlPlaneError)
    assert str(raised) == f"GET {JOB} answered no JSON object"
    assert (raised.status, raised.failure.kind) == (200, "status")


def test_creating_a_job_that_exists_returns_it(bench, jobs):
    """409 is answered by asking for the job."""
    bench.trainer.answer(f"{JOBS}?rlorTrainerJobId=job-1", 409)
    _states(bench, "RUNNING")
    assert run(jobs.create("job-1", base_model="bytes", lora_rank=4)).state == "JOB_STATE_RUNNING"


def test_a_refused_creation_is_an_error(bench, jobs):
    """Only a 409 says that the job exists."""
    bench.trainer.answer(f"{JOBS}?rlorTrainerJobId=job-1", 403)
    raised, _ = _raises(jobs.create("job-1"), ControlPlaneError)
    assert raised.status == 403
    assert bench.trainer.of(JOB) == []
    assert bench.trainer.sent[-1].body["trainingConfig"] == {"baseModel": "", "loraRank": 0}


def test_create_resume_and_delete_use_their_own_routes(bench, jobs):
    """Each verb is one request; deleting may answer with no body at all."""
    bench.trainer.answer(f"{JOBS}?rlorTrainerJobId=job-1", 200, body={"state": "JOB_STATE_CREATING"})
    bench.trainer.answer(f"{JOB}:resume", 200, body={"state": "JOB_STATE_PENDING"})
    bench.trainer.answer(JOB, 200, body=b"")

    async def work():
        created = await jobs.create("job-1", base_model="bytes", lora_rank=4)
        resumed = await jobs.resume("job-1")
        await jobs.delete("job-1")
        return created.state, resumed.state

    assert run(work()) == ("JOB_STATE_CREATING", "JOB_STATE_PENDING")
    assert [sent.method for sent in bench.trainer.sent] == ["GET", "POST", "POST", "DELETE"]
    config = {"baseModel": "bytes", "loraRank": 4}
    assert bench.trainer.sent[1].body == {"serviceMode": True, "trainingConfig": config}
    assert "X-Idempotency-Key" not in bench.trainer.sent[1].headers


def test_without_a_gateway_url_trainers_are_behind_the_control_planes_host(bench):
    """As in fireworks-ai 1.0, where both are one host (docs/reference/protocol.md §3)."""
    bench.trainer.answer(ACCOUNTS, 200, body={"accounts": [{"name": "accounts/acme"}]})
    bench.trainer.answer("healthz", 200)
    _states(bench, "RUNNING")
    manager = TrainerJobManager("http://control/", "key-1", bench.trainer, random.Random(0), bench.events.append)
    endpoint = run(manager.wait_for_existing("job-1"))
    assert {sent.url.partition("/v1")[0] for sent in bench.trainer.sent if sent.route != "healthz"} == {
        "http://control"
    }
    assert endpoint.base_url == "http://control/training/v1/rlorTrainerJobs/acme/job-1"


@pytest.mark.parametrize("status", [404, 503])
def test_a_probe_asks_once(bench, jobs, status):
    """Without an answer, or with an error, it raises at once: its caller has a loop of its own."""
    run(jobs.account())
    bench.trainer.answer(JOB, status)
    raised, _ = _raises(jobs.probe("job-1"), ControlPlaneError)
    assert raised.status == status
    assert [sent.timeout_s for sent in bench.trainer.of(JOB)] == [5.0]
