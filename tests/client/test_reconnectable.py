"""PR 348's twelve unit tests, under their own names, and beside them what they could not see.

See docs/reference/protocol.md §5.
"""

import asyncio
import random

import pytest

from gateway_sim.client.connecting import connect_by_sdk
from gateway_sim.client.events import Connected, ControlPlaneProbed, RetryScheduled, WarmupFinished, WarmupProbed
from gateway_sim.client.job_manager import TrainerEndpoint
from gateway_sim.client.reconnectable import AsyncReconnectableClient
from gateway_sim.client.retry_policies import Blanket404, Plain, WarmupVerified
from gateway_sim.client.sdk.errors import ControlPlaneError, InternalServerError, NotFoundError, describe
from tests.clock import run


class ScriptedTraining:
    """A training client with nothing but `get_info`: each call raises or returns the next item, the last for ever."""

    def __init__(self, *script):
        self.script = list(script)
        self.probes = 0

    async def get_info(self):
        """Raise or return the next item."""
        self.probes += 1
        item = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(item, Exception):
            raise item
        return item

    async def close(self):
        """Nothing is open."""


def _warming(bench, training):
    """Return a client whose training client is `training`."""

    async def connect(endpoint, base_model, lora_rank):
        return training

    return AsyncReconnectableClient(
        bench.jobs,
        "job-1",
        "bytes",
        policy=WarmupVerified(),
        connect=connect,
        rng=random.Random(0),
        emit=bench.events.append,
    )


TRAINING_CALLS = ["forward", "forward_backward", "optim_step"]
OTHER_CALLS = ["save_state", "save_weights_for_sampler", "load_state", "load_state_with_optimizer"]


def _timed(work):
    """Run work on a virtual loop and return (result, seconds)."""

    async def timed():
        return await work, asyncio.get_running_loop().time()

    return run(timed())


class Calls:
    """A training call that raises or returns the next item, the last for ever."""

    def __init__(self, *script):
        self.script = list(script)
        self.made = 0

    async def __call__(self):
        """Make the call."""
        self.made += 1
        item = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(item, Exception):
            raise item
        return item


def _raises_404(client, call):
    """Make a call whose 404 must reach the caller, and return the seconds that took."""

    async def fails():
        with pytest.raises(NotFoundError):
            await client._retry_on_transient_not_found(call)

    return _timed(fails())[1]


# warm-up


def test_warmup_returns_after_required_consecutive_successes(bench):
    """Three probes in a row, one second apart, and the client is connected."""
    training = ScriptedTraining("info")
    _, took_s = _timed(_warming(bench, training).connect())
    assert training.probes == 3
    assert took_s == pytest.approx(2.0)
    assert bench.heard(WarmupFinished) == [WarmupFinished("ready", 2.0)]


def test_warmup_recovers_after_transient_404s(bench):
    """A 404 sets the count back to none; the probes after it wait 2, then 4 s."""
    training = ScriptedTraining("info", NotFoundError("no route"), NotFoundError("no route"), "info")
    _, took_s = _timed(_warming(bench, training).connect())
    assert [probed.successes for probed in bench.heard(WarmupProbed)] == [1, 0, 0, 1, 2, 3]
    assert took_s == pytest.approx(1.0 + 2.0 + 4.0 + 1.0 + 1.0)


def test_warmup_raises_on_persistent_404_after_timeout(bench):
    """A route that never appears is the 404 itself, after 120 s and no later."""
    training = ScriptedTraining(NotFoundError("no route"))

    async def fails():
        with pytest.raises(NotFoundError):
            await _warming(bench, training).connect()

    _, took_s = _timed(fails())
    assert took_s == pytest.approx(120.0)
    assert bench.heard(WarmupFinished) == [WarmupFinished("timed_out", 120.0)]


def test_warmup_skips_on_non_404_error(bench):
    """Another error ends the warm-up at once and silently, so that it is not masked as a routing matter."""
    training = ScriptedTraining(InternalServerError("the trainer is broken"))
    _, took_s = _timed(_warming(bench, training).connect())
    assert training.probes == 1
    assert took_s == 0.0
    assert bench.heard(WarmupFinished) == [WarmupFinished("skipped", 0.0)]


# verified retry


def test_retry_succeeds_immediately_when_no_404(bench):
    """A call that works is made once, and the control plane is not asked."""
    call = Calls("done")
    result, took_s = _timed(bench.reconnectable(WarmupVerified())._retry_on_transient_not_found(call))
    assert (result, call.made, bench.jobs.asked, took_s) == ("done", 1, 0, 0.0)


def test_retry_recovers_after_transient_404_when_still_running(bench):
    """While the control plane says RUNNING, a 404 is waited out."""
    call = Calls(NotFoundError("no route"), NotFoundError("no route"), "done")
    result, took_s = _timed(bench.reconnectable(WarmupVerified())._retry_on_transient_not_found(call))
    assert (result, call.made, bench.jobs.asked) == ("done", 3, 2)
    assert took_s == pytest.approx(2.0 + 4.0)
    assert bench.heard(ControlPlaneProbed) == [ControlPlaneProbed("JOB_STATE_RUNNING", None)] * 2


def test_retry_fails_fast_when_job_no_longer_running(bench):
    """Any other state raises the 404 at once: no wait, one question."""
    for state in ("JOB_STATE_DELETED", "JOB_STATE_FAILED", "JOB_STATE_PAUSED", "JOB_STATE_PENDING"):
        bench.jobs.state, bench.jobs.asked = state, 0
        call = Calls(NotFoundError("no route"))
        took_s = _raises_404(bench.reconnectable(WarmupVerified()), call)
        assert (call.made, bench.jobs.asked, took_s) == (1, 1, 0.0)


def test_retry_fails_fast_when_control_plane_probe_errors(bench):
    """Two failures at once are not masked: the 404 is raised, not the probe's own error."""
    bench.jobs.error = ControlPlaneError("cannot answer")
    call = Calls(NotFoundError("no route"))
    took_s = _raises_404(bench.reconnectable(WarmupVerified()), call)
    assert (call.made, bench.jobs.asked, took_s) == (1, 1, 0.0)
    assert bench.heard(ControlPlaneProbed) == [ControlPlaneProbed(None, "cannot answer")]


def test_retry_exhausts_when_404_persists(bench):
    """Four verified retries after 2, 4, 8 and 15 s, and then the 404."""
    call = Calls(NotFoundError("no route"))
    took_s = _raises_404(bench.reconnectable(WarmupVerified()), call)
    assert (call.made, bench.jobs.asked) == (5, 4)
    assert took_s == pytest.approx(2.0 + 4.0 + 8.0 + 15.0)


def test_retry_propagates_non_404_immediately(bench):
    """What is no 404 is none of this policy's business."""
    call = Calls(InternalServerError("broken"))

    async def fails():
        with pytest.raises(InternalServerError):
            await bench.reconnectable(WarmupVerified())._retry_on_transient_not_found(call)

    run(fails())
    assert (call.made, bench.jobs.asked) == (1, 0)


# through forward_backward


def test_forward_backward_retries_only_when_running(bench, batch):
    """End to end: a dispatch 404 of a running job is verified, waited out, and sent anew."""

    async def train():
        client = bench.reconnectable(WarmupVerified())
        await client.connect()
        bench.trainer.answer("forward_backward", 404, times=1)
        result = await client.forward_backward(batch)
        await client.close()
        return result

    assert run(train()).metrics == {"loss:sum": 6.0}
    assert bench.jobs.asked == 1
    assert bench.trainer.gaps_s("forward_backward") == pytest.approx([2.0])


def test_forward_backward_does_not_retry_when_job_deleted(bench, batch):
    """End to end: a deleted job's 404 reaches the caller at once."""
    bench.jobs.state = "JOB_STATE_DELETED"

    async def train():
        client = bench.reconnectable(WarmupVerified())
        await client.connect()
        bench.trainer.answer("forward_backward", 404)
        with pytest.raises(NotFoundError):
            await client.forward_backward(batch)
        await client.close()

    run(train())
    assert len(bench.trainer.of("forward_backward")) == 1


# what the twelve cannot see


@pytest.mark.parametrize("policy", [Plain(), Blanket404(), WarmupVerified()])
@pytest.mark.parametrize("call", ["forward", "forward_backward", "optim_step"])
def test_a_404_while_the_result_is_polled_passes_every_policy(bench, batch, policy, call):
    """The case that both PRs describe is a ValueError, and neither catches it."""

    async def train():
        client = bench.reconnectable(policy)
        await client.connect()
        bench.trainer.answer("retrieve_future", 404, times=1)
        given = {"learning_rate": 1e-3} if call == "optim_step" else batch
        with pytest.raises(ValueError) as caught:
            await getattr(client, call)(given)
        await client.close()
        return describe(caught.value)

    report = run(train())
    assert (report.type, report.status, report.leg) == ("ValueError", 404, "poll")
    assert bench.jobs.asked == 0
    assert len(bench.trainer.of(call)) == 1


@pytest.mark.parametrize("route", ["create_session", "create_model"])
@pytest.mark.parametrize("policy", [Blanket404(), WarmupVerified()])
def test_a_404_while_connecting_comes_before_the_warmup(bench, policy, route):
    """Session and model are created first, so their 404 meets neither warm-up nor retry."""
    bench.trainer.answer(route, 404, times=1)

    async def train():
        with pytest.raises(NotFoundError) as caught:
            await bench.reconnectable(policy).connect()
        return caught.value.leg

    assert run(train()) == "connect"
    assert bench.heard(WarmupProbed) == []
    assert len(bench.trainer.of(route)) == 1


def test_the_three_probes_ask_over_one_pool_of_one_connection(bench):
    """So they may well ask one replica three times, and never the one that will answer the polls."""
    # docs/reference/protocol.md §2

    async def train():
        client = bench.reconnectable(WarmupVerified())
        await client.connect()
        await client.close()

    run(train())
    assert [sent.pool for sent in bench.trainer.of("get_info")] == ["train"] * 3
    assert {sent.pool for sent in bench.trainer.of("retrieve_future")} == {"retrieve"}


@pytest.mark.parametrize("policy", [Blanket404(), WarmupVerified()])
def test_a_retried_call_runs_anew_under_the_next_seq_id(bench, batch, policy):
    """Sequence number 1 is lost and 2 is sent, so a ledger cannot know the repeat (docs/reference/protocol.md §6)."""

    async def train():
        client = bench.reconnectable(policy)
        await client.connect()
        bench.trainer.answer("forward_backward", 404, times=1)
        await client.forward_backward(batch)
        await client.close()

    run(train())
    assert [sent.body["seq_id"] for sent in bench.trainer.of("forward_backward")] == [1, 2]


def test_blanket_404_spends_ninety_seconds_on_a_job_that_is_gone(bench, batch):
    """Six retries after 2, 4, 8, 16, 30 and 30 s, without a question to anybody (PR 344)."""
    bench.jobs.state = "JOB_STATE_DELETED"

    async def train():
        client = bench.reconnectable(Blanket404())
        await client.connect()
        bench.trainer.answer("optim_step", 404)
        with pytest.raises(NotFoundError):
            await client.optim_step({"learning_rate": 1e-3})
        await client.close()

    run(train())
    assert bench.trainer.gaps_s("optim_step") == pytest.approx([2, 4, 8, 16, 30, 30])
    assert [told.by for told in bench.heard(RetryScheduled)] == ["policy"] * 6
    assert bench.jobs.asked == 0


@pytest.mark.parametrize("verb", ["save_state", "load_state", "load_state_with_optimizer", "get_info"])
def test_saving_loading_and_asking_are_not_retried(bench, verb):
    """The PR wraps the four training calls and nothing else."""

    async def train():
        client = bench.reconnectable(WarmupVerified())
        await client.connect()
        for route in ("save_weights", "load_weights", "get_info"):
            bench.trainer.answer(route, 404)
        with pytest.raises(NotFoundError):
            await (client.get_info() if verb == "get_info" else getattr(client, verb)("step-1"))
        await client.close()

    run(train())
    assert bench.jobs.asked == 0


def test_plain_raises_the_first_404(bench, batch):
    """Without a policy the SDK's own verdict stands."""

    async def train():
        client = bench.reconnectable(Plain())
        await client.connect()
        bench.trainer.answer("forward_backward", 404)
        with pytest.raises(NotFoundError):
            await client.forward_backward(batch)
        await client.close()

    run(train())
    assert bench.heard(WarmupProbed) == []
    assert bench.heard(Connected) == [Connected("model-1")]


def _late(client, call, batch, *given):
    """Make a call whose result is not there in time, and return the error."""

    async def story():
        await client.connect()
        what = {"forward": batch, "forward_backward": batch, "optim_step": {"learning_rate": 1e-3}}.get(call, "step-1")
        with pytest.raises(TimeoutError) as caught:
            await getattr(client, call)(what, *given)
        await client.close()
        return str(caught.value)

    return run(story())


@pytest.mark.parametrize("call", TRAINING_CALLS + OTHER_CALLS)
def test_a_result_is_waited_for_as_long_as_the_client_was_told(bench, batch, call):
    """So is the job, while the client connects."""
    connect = connect_by_sdk("key-1", bench.trainer, random.Random(0), bench.events.append)
    client = AsyncReconnectableClient(
        bench.jobs, "job-1", "bytes", policy=Plain(), connect=connect, rng=random.Random(0), emit=bench.events.append,
        default_timeout_s=5.0,
    )  # fmt: skip
    bench.trainer.answer("retrieve_future", 200, times=1, body={"model_id": "model-1", "type": "create_model"})
    bench.trainer.answer("retrieve_future", 408)
    assert _late(client, call, batch).endswith("had no result within 5 s")
    assert bench.jobs.waited_at_most_s == 5.0
    assert bench.trainer.of("create_model")[0].body["lora_config"]["rank"] == 0
    assert client.endpoint == TrainerEndpoint("http://gateway/training/v1/rlorTrainerJobs/acme/job-1", "acme", "job-1")


@pytest.mark.parametrize("call", OTHER_CALLS)
def test_a_save_or_a_load_may_be_given_a_time_of_its_own(bench, batch, call):
    """Instead of the client's hour."""
    bench.trainer.answer("retrieve_future", 200, times=1, body={"model_id": "model-1", "type": "create_model"})
    bench.trainer.answer("retrieve_future", 408)
    assert _late(bench.reconnectable(Plain()), call, batch, 3.0).endswith("had no result within 3 s")


def test_each_call_sends_what_it_was_given(bench, batch):
    """The loss and its settings, and how the optimizer is to normalise."""

    async def story():
        client = bench.reconnectable(Plain())
        await client.connect()
        await client.forward(batch, "ppo", {"clip": 0.2})
        await client.forward_backward(batch, "ppo", {"clip": 0.2})
        await client.optim_step({"learning_rate": 1e-3}, "num_sequences")
        await client.close()

    run(story())
    for route in ("forward", "forward_backward"):
        content = bench.trainer.of(route)[0].body[f"{route}_input"]
        assert (content["loss_fn"], content["loss_fn_config"]) == ("ppo", {"clip": 0.2})
    assert bench.trainer.of("optim_step")[0].body["grad_accumulation_normalization"] == "num_sequences"


def test_a_client_that_is_not_connected_says_so(bench, batch):
    """The sentence names what to call, and no policy touches it."""

    async def train():
        with pytest.raises(RuntimeError, match=r"call connect\(\) first"):
            await bench.reconnectable(Blanket404()).forward_backward(batch)

    run(train())


def test_a_failed_connect_leaves_no_beats_behind(bench):
    """When the model cannot be created, the session's beats end with the attempt."""
    bench.trainer.answer("create_model", 404)

    async def train():
        with pytest.raises(NotFoundError):
            await bench.reconnectable(Plain()).connect()
        await asyncio.sleep(60)

    run(train())
    assert bench.trainer.of("session_heartbeat") == []


def test_connecting_again_ends_the_session_before(bench):
    """One client has one session: the beats of the first stop when the second begins."""

    async def train():
        client = bench.reconnectable(Plain())
        await client._use_endpoint(TrainerEndpoint("http://gateway", "acme", "job-1"))
        await client.connect()
        bench.trainer.sent.clear()
        await asyncio.sleep(10.5)
        await client.close()

    run(train())
    assert len(bench.trainer.of("session_heartbeat")) == 1
