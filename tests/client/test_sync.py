"""The blocking client for people's scripts: the same surface, over a loop of its own."""

import asyncio
import concurrent.futures
import inspect
import random
import threading

import pytest

from gateway_sim import client
from gateway_sim.client import sync
from gateway_sim.client.connecting import connect_by_sdk
from gateway_sim.client.events import Connected, JobReported, ReadinessReached, RetryScheduled
from gateway_sim.client.exactly_once.calls import FRESH
from gateway_sim.client.reconnectable import AsyncReconnectableClient
from gateway_sim.client.retry_policies import Blanket404, Plain
from gateway_sim.client.sdk.errors import BadRequestError, NotFoundError
from gateway_sim.client.sdk.profiles import TINKER_0_18
from gateway_sim.client.sync import LoopThread, ReconnectableClient
from tests import clock

ADAM = {"learning_rate": 1e-3}


def _connected(bench, **given):
    """Return a blocking client of a scripted trainer."""
    connect = connect_by_sdk("key-1", bench.trainer, random.Random(0), bench.events.append)
    return ReconnectableClient(bench.jobs, "job-1", "bytes", 4, policy=Plain(), connect=connect, **given)


def test_a_script_trains_without_a_loop_of_its_own(bench, batch):
    """Every verb blocks and returns its result."""

    def loss(data, logprobs):
        return logprobs[0].sum(), {}

    bench.trainer.latency_s = 0.0
    with _connected(bench, transport=bench.trainer) as training:
        assert training.forward(batch).metrics == {"loss:sum": 6.0}
        assert training.forward_backward(batch).metrics == {"loss:sum": 6.0}
        assert training.forward_backward_custom(batch, loss).metrics == {"loss:sum": 6.0}
        assert training.optim_step(ADAM).metrics is None
        assert training.save_state("step-1").path == "step-1"
        assert training.load_state("step-1").path == "step-1"
        assert training.load_state_with_optimizer("step-1").path == "step-1"
        assert training.get_info().model_id == "model-1"
    assert bench.trainer.closed


def test_a_script_draws_from_weights_that_it_saved(bench):
    """The sampler is one of the training client's, and ends with it."""
    bench.trainer.latency_s = 0.0
    with _connected(bench) as training:
        saved = training.save_weights_for_sampler("one")
        sampler = training.create_sampling_client(saved.path)
        assert sampler.sample([1, 2], {"max_tokens": 1}).sequences[0].tokens == [7]
    assert bench.trainer.of("create_sampling_session")[0].body["model_path"] == saved.path
    assert bench.trainer.of("asample")[0].body["num_samples"] == 1


def test_each_call_sends_what_it_was_given(bench, batch):
    """The loss and its settings, and how the optimizer is to normalise."""
    bench.trainer.latency_s = 0.0
    with _connected(bench) as training:
        training.forward(batch, "ppo", {"clip": 0.2})
        training.forward_backward(batch, "ppo", {"clip": 0.2})
        training.optim_step(ADAM, "num_sequences")
    for route in ("forward", "forward_backward"):
        content = bench.trainer.of(route)[0].body[f"{route}_input"]
        assert (content["loss_fn"], content["loss_fn_config"]) == ("ppo", {"clip": 0.2})
    assert bench.trainer.of("optim_step")[0].body["grad_accumulation_normalization"] == "num_sequences"


@pytest.mark.parametrize("given", [(), (0.002,)], ids=["the client's time", "a time of its own"])
def test_a_result_is_waited_for_as_long_as_the_client_or_the_call_was_told(bench, given):
    """So is the job, while the client connects."""
    bench.trainer.latency_s = 0.0
    training = ReconnectableClient(
        bench.jobs, "job-1", "bytes", policy=Plain(), default_timeout_s=0.001,
        connect=connect_by_sdk("key-1", bench.trainer, random.Random(0), bench.events.append),
    )  # fmt: skip
    bench.trainer.lose("retrieve_future", "reset")
    with training:
        for call in ("save_state", "save_weights_for_sampler", "load_state", "load_state_with_optimizer"):
            with pytest.raises(TimeoutError, match=f"had no result within {given[0] if given else 0.001:g} s"):
                getattr(training, call)("step-1", *given)
    assert bench.jobs.waited_at_most_s == 0.001
    assert bench.trainer.of("create_model")[0].body["lora_config"]["rank"] == 0


def test_an_interrupt_ends_the_call_that_it_meets(monkeypatch):
    """Its work does not go on in the loop's thread after the script has moved on."""
    thread, started, cancelled = LoopThread("interrupted"), threading.Event(), threading.Event()

    async def work():
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    def interrupted(future):
        assert started.wait(60.0)
        raise KeyboardInterrupt

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(concurrent.futures.Future, "result", interrupted)
        with pytest.raises(KeyboardInterrupt):
            thread.run(work())
    assert cancelled.wait(60.0)
    thread.stop()


def test_the_loops_thread_is_named_and_does_not_keep_a_script_alive(bench):
    """A script that forgets to close its client still ends."""
    bench.trainer.latency_s = 0.0
    with _connected(bench):
        (thread,) = (one for one in threading.enumerate() if one.name == "training client of job-1")
        assert thread.daemon


def test_errors_reach_the_script_as_they_are(bench, batch):
    """The thread adds nothing to them."""
    bench.trainer.latency_s = 0.0
    with _connected(bench) as training:
        bench.trainer.answer("forward_backward", 404)
        with pytest.raises(NotFoundError):
            training.forward_backward(batch)


def test_no_thread_is_left_behind(bench):
    """Neither after closing, twice even, nor after a connect that failed."""
    before = threading.active_count()
    bench.trainer.latency_s = 0.0
    training = _connected(bench)
    training.close()
    training.close()
    bench.trainer.answer("create_session", 404)
    with pytest.raises(NotFoundError):
        _connected(bench)
    assert threading.active_count() == before


def test_both_clients_have_the_same_verbs():
    """What one can, the other can, with the same parameters; `connect` is the constructor's work here."""

    def verbs(kind):
        public = inspect.getmembers(kind, inspect.isfunction)
        return {n: list(inspect.signature(f).parameters) for n, f in public if not n.startswith("_") and n != "connect"}

    assert verbs(ReconnectableClient) == verbs(AsyncReconnectableClient)


@pytest.mark.parametrize("made", [ReconnectableClient, ReconnectableClient.to, AsyncReconnectableClient])
def test_without_a_rank_all_parameters_are_trained(made):
    """That is rank 0, for a script that does not name one."""
    assert inspect.signature(made).parameters["lora_rank"].default == 0


def test_the_packages_names_are_loaded_when_they_are_used():
    """Each public name is there, and one that is not says so."""
    assert all(getattr(client, name) is not None for name in client.__all__)
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        _ = client.nothing_of_that_name


def test_a_script_connects_over_http_as_the_sdk_of_its_profile(bench, batch, monkeypatch):
    """The control plane's calls and the trainer's share one transport, with all pools that a policy may use."""
    opened = []
    monkeypatch.setattr(sync, "HttpxTransport", lambda pools: opened.append(pools) or bench.trainer)
    bench.trainer.latency_s = 0.0
    bench.trainer.answer("/v1/accounts?pageSize=2", 200, body={"accounts": [{"name": "accounts/acme"}]})
    bench.trainer.answer("/v1/accounts/acme/rlorTrainerJobs/job-1", 200, body={"state": "JOB_STATE_RUNNING"})
    how = {"base_url": "http://control", "gateway_url": "http://gateway", "api_key": "key-1", "profile": TINKER_0_18}
    how |= {"policy": Blanket404(waits_s=(0.0,)), "emit": bench.events.append}
    before, ran_in = threading.active_count(), []

    def loss(data, logprobs):
        ran_in.append(threading.current_thread().name)
        return logprobs[0].sum(), {}

    with ReconnectableClient.to("job-1", "bytes", 4, **how) as training:
        assert training.forward(batch).metrics == {"loss:sum": 6.0}
        bench.trainer.answer("optim_step", 404, times=1)
        training.optim_step(ADAM)
        training.forward_backward_custom(batch, loss)
    assert threading.active_count() == before
    assert len(ran_in) == 1
    assert ran_in != ["training client of job-1"]
    assert opened == [{**TINKER_0_18.pools, **FRESH}]
    assert {type(one) for one in bench.events} >= {JobReported, ReadinessReached}
    assert [one.by for one in bench.heard(RetryScheduled)] == ["policy"]
    (created,) = bench.trainer.of("create_model")
    assert created.url.startswith("http://gateway/training/")
    assert (created.body["base_model"], created.body["lora_config"]["rank"]) == ("bytes", 4)
    assert (created.headers["X-API-Key"], created.headers["user-agent"]) == ("key-1", TINKER_0_18.user_agent)
    assert bench.heard(Connected) == [Connected("model-1")]
    assert bench.trainer.closed


def test_a_script_over_http_waits_for_its_job_as_long_as_it_says(bench, monkeypatch):
    """Not at all, here; nothing is left open."""
    monkeypatch.setattr(sync, "HttpxTransport", lambda pools: bench.trainer)
    bench.trainer.latency_s = 0.0
    bench.trainer.answer("/v1/accounts?pageSize=2", 200, body={"accounts": [{"name": "accounts/acme"}]})
    with pytest.raises(TimeoutError, match="trainer job job-1 was not ready within 0 s"):
        ReconnectableClient.to(
            "job-1", "bytes", base_url="http://control", api_key="key-1", policy=Plain(), default_timeout_s=0.0
        )
    assert bench.trainer.closed


def test_a_session_whose_model_cannot_be_created_is_closed(bench):
    """Else its heartbeats would go on without a client that could end them."""
    bench.trainer.answer("create_model", 400)

    async def story():
        client = bench.reconnectable(Plain())
        with pytest.raises(BadRequestError):
            await client.connect()
        await asyncio.sleep(60.0)

    clock.run(story())
    assert bench.trainer.of("session_heartbeat") == []
