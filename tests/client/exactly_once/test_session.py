"""A client outlives its pod: on the job's next pod it loads the last checkpoint and repeats what followed."""

import asyncio
import random

import pytest

from gateway_sim.client.connecting import Access
from gateway_sim.client.events import CallSent, OperationAcknowledged, SessionResumed
from gateway_sim.client.job_manager import TrainerEndpoint
from gateway_sim.client.retry_policies import ExactlyOnce
from gateway_sim.client.sdk.errors import ControlPlaneError, RequestFailedError
from tests import clock

STEP = {"learning_rate": 1e-3}


def moved(job, bench, incarnation=2):
    """Let the job run as another incarnation: the old one's route is answered 404 once, as the client meets it."""
    job.incarnation = incarnation
    bench.trainer.answer("forward_backward", 404, times=1)


async def step(client, batch):
    """Train one step."""
    await (await client.forward_backward(batch, "cross_entropy")).result()
    await (await client.optim_step(STEP)).result()


def handed_in(bench, generation):
    """Return (route, seq_id) of all operations that were sent to an incarnation."""
    routes = ("load_weights", "forward_backward", "optim_step", "save_weights")
    return [
        (one.route, one.body["seq_id"])
        for one in bench.trainer.sent
        if one.route in routes and one.headers["x-route-generation"] == str(generation)
    ]


def test_the_next_pod_loads_the_checkpoint_and_is_asked_again_for_what_followed(bench, train, job, batch):
    """Saved after step 1; step 2 is repeated, and the refused forward_backward of step 3 goes on from there."""

    async def story(client):
        await step(client, batch)
        await (await client.save_state("one")).result()
        await step(client, batch)
        moved(job, bench)
        await step(client, batch)

    train(story)
    assert handed_in(bench, 1) == [
        ("forward_backward", 1), ("optim_step", 2), ("save_weights", 3), ("forward_backward", 4), ("optim_step", 5),
        ("forward_backward", 6),
    ]  # fmt: skip
    assert handed_in(bench, 2) == [
        ("load_weights", 1), ("forward_backward", 2), ("optim_step", 3), ("forward_backward", 4), ("optim_step", 5),
    ]  # fmt: skip
    (load,) = bench.trainer.of("load_weights")
    assert (load.body["path"], load.body["optimizer"]) == ("step-1", True)
    assert bench.heard(SessionResumed) == [SessionResumed("model-1", "step-1", 2)]
    acknowledged = [
        ("forward_backward", 1), ("optim_step", 2), ("save_weights", 3), ("forward_backward", 4), ("optim_step", 5),
        ("forward_backward", 4), ("optim_step", 5),
    ]  # fmt: skip
    assert bench.heard(OperationAcknowledged) == [OperationAcknowledged(*one) for one in acknowledged]
    numbered = [one.seq_id for one in bench.heard(CallSent) if one.seq_id is not None]
    assert numbered == [seq_id for generation in (1, 2) for _, seq_id in handed_in(bench, generation)]


@pytest.mark.parametrize("saved", [False, True])
def test_on_the_next_pod_the_refused_call_follows_what_was_repeated(bench, train, job, batch, saved):
    """That may be nothing, or the load of the checkpoint alone."""

    async def story(client):
        if saved:
            await (await client.save_state("one")).result()
        moved(job, bench)
        await step(client, batch)

    train(story)
    load = [("load_weights", 1)] if saved else []
    assert handed_in(bench, 2) == [*load, ("forward_backward", len(load) + 1), ("optim_step", len(load) + 2)]


def test_a_forward_that_was_answered_is_not_repeated(bench, train, job, batch):
    """It changed nothing that the next pod would lack."""

    async def story(client):
        await (await client.forward(batch, "cross_entropy")).result()
        moved(job, bench)
        await step(client, batch)

    train(story)
    assert len(bench.trainer.of("forward")) == 1


def test_the_first_poll_of_an_operation_tells_how_long_its_dispatch_took(bench, train, job, batch):
    """The load on the next pod is no call of the caller's, and tells 0 s."""

    async def story(client):
        await asyncio.sleep(100.0)
        await (await client.save_state("one")).result()
        moved(job, bench)
        await step(client, batch)

    train(story)
    told = {
        one.headers["X-Tinker-Request-Type"]: float(one.headers["X-Tinker-Create-Promise-Roundtrip-Time"])
        for one in bench.trainer.of("retrieve_future")
    }
    assert (told["LoadWeights"], told["SaveWeights"]) == (0.0, pytest.approx(0.01))


def test_a_job_that_is_deleted_while_its_client_warms_up_is_an_error_that_names_it(bench, job):
    """The session that was opened on the pod is closed: it sends no heartbeats."""
    bench.trainer.answer("get_info", 404, headers={"x-should-retry": "false"})
    job.state = "DELETED"

    async def story():
        access = Access(job, "key-1", bench.trainer, random.Random(0), bench.events.append)
        with pytest.raises(ControlPlaneError, match="trainer job job-1 is gone"):
            await ExactlyOnce().connect(access, TrainerEndpoint("http://gateway", "acme", "job-1"), "bytes", 4)
        await asyncio.sleep(60.0)

    clock.run(story())
    assert bench.trainer.of("session_heartbeat") == []


def test_a_job_that_moves_while_its_client_warms_up_is_followed(bench, job):
    """The new session is opened on the pod of the incarnation that the control plane named."""
    bench.trainer.answer("get_info", 404, times=1, headers={"x-should-retry": "false"})
    job.incarnation = 2

    async def story():
        access = Access(job, "key-1", bench.trainer, random.Random(0), bench.events.append)
        endpoint = TrainerEndpoint("http://gateway", "acme", "job-1", 1)
        client = await ExactlyOnce().connect(access, endpoint, "bytes", 4)
        await client.close()

    clock.run(story())
    sent = [one.headers["x-route-generation"] for one in bench.trainer.of("create_session")]
    assert sent == ["1", "2"]


def test_what_blocks_runs_where_the_client_was_told_to_run_it(bench, job, batch):
    """A loss of the caller's own may take seconds, in which a live client's heartbeats must go on."""
    ran = []

    async def aside(work):
        ran.append(work)
        return work()

    async def story():
        access = Access(job, "key-1", bench.trainer, random.Random(0), bench.events.append, blocking=aside)
        client = await ExactlyOnce().connect(access, TrainerEndpoint("http://gateway", "acme", "job-1"), "bytes", 4)
        await (await client.forward_backward_custom(batch, lambda data, logprobs: (logprobs[0].sum(), {}))).result()
        await client.close()

    clock.run(story())
    assert len(ran) == 1


def test_a_sampling_client_has_its_session_when_it_is_made(bench, train):
    """So a checkpoint that is not there is an error of this call, and not of the first draw."""

    async def story(client):
        await client.create_sampling_client("one")
        return [one.body["model_path"] for one in bench.trainer.of("create_sampling_session")]

    assert train(story) == ["one"]


def test_a_checkpoint_that_the_next_pod_cannot_load_ends_the_run(bench, train, job, batch):
    """To go on from other weights would be worse: no operation reaches that pod."""

    async def story(client):
        await step(client, batch)
        await (await client.save_state("one")).result()
        moved(job, bench)
        created = {"model_id": "model-1", "type": "create_model"}
        bench.trainer.answer("retrieve_future", 200, times=1, body=created)
        bench.trainer.answer("retrieve_future", 200, body={"error": "there is no checkpoint", "category": "user"})
        with pytest.raises(RequestFailedError, match="there is no checkpoint"):
            await step(client, batch)

    train(story)
    assert handed_in(bench, 2) == [("load_weights", 1)]


def test_without_a_checkpoint_everything_is_repeated_from_the_beginning(bench, train, job, batch):
    """The journal is all there is."""

    async def story(client):
        await step(client, batch)
        moved(job, bench)
        await step(client, batch)

    train(story)
    assert handed_in(bench, 2) == [
        ("forward_backward", 1), ("optim_step", 2), ("forward_backward", 3), ("optim_step", 4),
    ]  # fmt: skip


def test_after_a_move_every_call_is_made_to_the_new_pod(bench, train, job, batch):
    """Also those that are no operations, and the heartbeats: the old session's end with the old pod."""

    async def story(client):
        await step(client, batch)
        moved(job, bench)
        await step(client, batch)
        bench.trainer.sent.clear()
        await client.get_info()
        await client.list_checkpoints()
        await asyncio.sleep(40.0)

    train(story)
    assert {one.headers["x-route-generation"] for one in bench.trainer.sent} == {"2"}
    assert len(bench.trainer.of("session_heartbeat")) == 4


def test_calls_in_flight_move_together(bench, train, job, batch):
    """Ten wait for results when the pod ends; one session is opened for all of them, and each is answered."""

    async def story(client):
        now_s = asyncio.get_running_loop().time()
        bench.trainer.answer("retrieve_future", 408, until_s=now_s + 5.0)
        bench.trainer.answer("retrieve_future", 404, times=10)
        pending = [await client.forward_backward(batch, "cross_entropy") for _ in range(10)]
        await asyncio.sleep(4.0)
        job.incarnation = 2
        return [(await one.result()).metrics for one in pending]

    assert train(story) == [{"loss:sum": 6.0}] * 10
    assert len(bench.trainer.of("create_session")) == 2
    assert [seq_id for _, seq_id in handed_in(bench, 2)] == list(range(1, 11))


def test_a_job_that_is_queued_again_is_waited_for(bench, train, job, batch):
    """PENDING for a minute, then RUNNING as the next incarnation."""

    async def story(client):
        await step(client, batch)
        job.state = "PENDING"
        moved(job, bench)

        async def start():
            await asyncio.sleep(60.0)
            job.state = "RUNNING"

        starting = asyncio.ensure_future(start())
        await step(client, batch)
        await starting
        return asyncio.get_running_loop().time()

    assert 60.0 < train(story) < 70.0
    assert handed_in(bench, 2)[-1] == ("optim_step", 4)


def test_a_client_does_not_move_to_another_job_of_the_same_name(bench, train, job, batch):
    """The control plane did not tell the uid once: the client still knows which job it trains."""

    async def story(client):
        await step(client, batch)
        job.uid = ""
        moved(job, bench)
        await step(client, batch)
        await asyncio.sleep(5.0)
        job.uid = "acme/job-1#2"
        moved(job, bench, incarnation=3)
        with pytest.raises(Exception) as caught:
            await step(client, batch)
        return caught.value

    assert train(story).failure.status == 404
    assert handed_in(bench, 3) == []


def test_a_job_that_ends_while_its_client_moves_is_an_error_that_names_it(bench, train, job, batch):
    """Queued when the call was refused, deleted before it ran."""

    async def story(client):
        await step(client, batch)
        job.state = "PENDING"
        moved(job, bench)

        async def delete():
            await asyncio.sleep(20.0)
            job.state = "DELETED"

        deleting = asyncio.ensure_future(delete())
        with pytest.raises(Exception, match="404"):
            await step(client, batch)
        await deleting

    train(story)
    assert len(bench.trainer.of("create_session")) == 1


def test_a_run_that_never_saves_can_be_resumed_only_so_far(bench, train, job, batch):
    """Two operations are remembered; a third is one too many."""

    async def story(client):
        await step(client, batch)
        await step(client, batch)
        moved(job, bench)
        with pytest.raises(ControlPlaneError, match="too much was done since the last save to repeat it"):
            await step(client, batch)

    train(story, remembered=2)
    assert handed_in(bench, 2) == []


def forgotten():
    """Let the pod's container have been started again: the client's names mean nothing there."""
    return {"type": "urn:gateway-sim:unknown-model", "detail": "it was not created here"}


def test_a_pod_that_lost_its_memory_is_given_the_checkpoint_again(bench, train, job, batch):
    """The control plane says RUNNING, the same incarnation, and so does a second answer: a new session there."""

    async def story(client):
        await step(client, batch)
        await (await client.save_state("one")).result()
        bench.trainer.answer("forward_backward", 404, times=1, body=forgotten())
        await step(client, batch)

    train(story)
    assert handed_in(bench, 1)[3:] == [
        ("forward_backward", 4), ("load_weights", 1), ("forward_backward", 2), ("optim_step", 3),
    ]  # fmt: skip
    assert len(bench.trainer.of("create_session")) == 2
    assert job.probes == 2


def test_a_result_that_went_with_the_memory_is_computed_again(bench, train, job, batch):
    """The pod says of the result that it was lost, and of the model that it has none."""

    async def story(client):
        await step(client, batch)
        bench.trainer.answer("retrieve_future", 200, times=1, body={"error": "lost", "category": "unknown"})
        bench.trainer.answer("get_info", 404, times=1, body=forgotten())
        await step(client, batch)

    train(story)
    assert [route for route, _ in handed_in(bench, 1)] == [
        "forward_backward", "optim_step", "forward_backward", "forward_backward", "optim_step", "forward_backward",
        "optim_step",
    ]  # fmt: skip


def test_a_result_of_unknown_fate_on_a_pod_that_knows_the_model_is_raised(bench, train, job, batch):
    """Nothing is repeated where nothing was forgotten."""

    async def story(client):
        bench.trainer.answer("retrieve_future", 200, times=1, body={"error": "lost", "category": "unknown"})
        with pytest.raises(RequestFailedError, match="lost"):
            await step(client, batch)

    train(story)
    assert len(bench.trainer.of("create_session")) == 1
