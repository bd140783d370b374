"""The verbs of a training client: their order, their numbers, their results, and how they end."""

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from gateway_sim.client.events import CallSent, Connected, OperationAcknowledged
from gateway_sim.client.sdk.errors import ConflictError, NotFoundError, describe
from gateway_sim.client.sdk.profiles import TINKER_0_15, TINKER_0_18, TINKER_0_38
from gateway_sim.trainer_pod.protocol import AdamParams, Datum
from tests.clock import run

ADAM = {"learning_rate": 1e-3}


def test_connecting_asks_for_a_session_a_model_and_its_result(bench):
    """f10 asks for no client/config before and for no get_info after."""

    async def work():
        await (await bench.training()).close()

    run(work())
    assert [sent.route for sent in bench.trainer.sent] == ["create_session", "create_model", "retrieve_future"]
    (created,) = bench.trainer.of("create_model")
    assert created.body == {
        "session_id": "session-1", "model_seq_id": 0, "base_model": "bytes", "type": "create_model",
        "lora_config": {"rank": 4, "train_mlp": True, "train_attn": True, "train_unembed": True},
    }  # fmt: skip
    assert bench.trainer.of("retrieve_future")[0].headers["X-Tinker-Request-Type"] == "CreateModel"
    assert bench.heard(Connected) == [Connected("model-1")]


def test_models_of_one_session_are_numbered(bench):
    """(session_id, model_seq_id) names a model, so that a repeat can be known (docs/reference/protocol.md §6)."""

    async def work():
        service = await bench.service()
        await service.create_training_client("bytes")
        await service.create_training_client("bytes")
        await service.close()

    run(work())
    created = bench.trainer.of("create_model")
    assert [sent.body["model_seq_id"] for sent in created] == [0, 1]
    assert {sent.body["lora_config"]["rank"] for sent in created} == {0}


def test_tinker_0_38_asks_for_its_configuration_before_and_for_get_info_after(bench):
    """Its version is in each; a later get_info is answered from memory (docs/reference/protocol.md §5)."""
    bench.trainer.answer("client/dynamic_config", 404)

    async def work():
        training = await bench.training(TINKER_0_38)
        assert bench.trainer.sent[-1].route == "get_info"
        first, second = await training.get_info(), await training.get_info()
        await training.close()
        return first is second

    assert run(work())
    assert [sent.route for sent in bench.trainer.sent] == [
        "client/config", "client/dynamic_config", "create_session", "create_model", "retrieve_future", "get_info",
    ]  # fmt: skip
    assert {sent.body["sdk_version"] for sent in bench.trainer.sent[:3]} == {"0.38.0"}


def test_other_sdks_ask_the_trainer_at_each_get_info(bench):
    """The warm-up of PR 348 would probe nothing otherwise."""

    async def work():
        training = await bench.training()
        for _ in range(3):
            await training.get_info()
        await training.close()

    run(work())
    assert len(bench.trainer.of("get_info")) == 3


def test_a_configuration_that_is_not_there_ends_the_connect_where_it_is_not_tolerated(bench):
    """A 404 of client/config is final; nothing follows it (docs/reference/protocol.md §4.2)."""
    bench.trainer.answer("client/config", 404)

    async def work():
        with pytest.raises(NotFoundError):
            await bench.service(TINKER_0_38)

    run(work())
    assert [sent.route for sent in bench.trainer.sent] == ["client/config"]


def test_the_first_poll_tells_how_long_the_dispatch_took(bench):
    """Also that of a new model, in a program that began long ago."""

    async def work():
        await asyncio.sleep(100.0)
        training = await bench.training()
        await (await training.optim_step(ADAM)).result()
        await training.close()

    run(work())
    polls = bench.trainer.of("retrieve_future")
    told = [float(one.headers["X-Tinker-Create-Promise-Roundtrip-Time"]) for one in polls]
    assert told == pytest.approx([bench.trainer.latency_s] * 2)


def test_samplers_of_one_session_are_numbered_and_made_of_a_checkpoint_or_a_base_model(bench):
    """tinker 0.38 then asks what the first draws from (docs/reference/protocol.md §4.4)."""

    async def work():
        service = await bench.service(TINKER_0_38)
        await service.create_sampling_client("tinker://job-1/sampler_weights/one")
        await service.create_sampling_client(base_model="bytes")
        await service.close()

    run(work())
    asked = [sent for sent in bench.trainer.sent if sent.route.startswith(("create_sampling", "samplers"))]
    made = {"session_id": "session-1", "type": "create_sampling_session"}
    checkpoint = {"model_path": "tinker://job-1/sampler_weights/one", "base_model": None}
    assert [sent.body for sent in asked] == [
        {**made, "sampling_session_seq_id": 0, **checkpoint}, {},
        {**made, "sampling_session_seq_id": 1, "model_path": None, "base_model": "bytes"},
    ]  # fmt: skip


def test_a_long_batch_goes_in_chunks_that_are_named_by_the_first(bench, batch):
    """Two examples a request, and one left over: two requests, and one result of all three."""

    async def work():
        training = await bench.training(replace(TINKER_0_15, max_chunk_len=2))
        pending = await training.forward_backward(batch * 3, "cross_entropy", {"clip": 0.2})
        result = await pending.result()
        await training.close()
        return pending.request, result.metrics

    assert run(work()) == ("forward_backward from 1", {"loss:sum": 12.0})
    sent = bench.trainer.of("forward_backward")
    assert [len(one.body["forward_backward_input"]["data"]) for one in sent] == [2, 1]
    assert [one.body["forward_backward_input"]["loss_fn_config"] for one in sent] == [{"clip": 0.2}] * 2
    assert {one.body["model_id"] for one in sent} == {"model-1"}


@pytest.mark.parametrize(
    ("verb", "path"),
    [("save_state", "weights/one"), ("save_weights_for_sampler", "sampler_weights/one")],
)
def test_a_save_that_was_made_before_is_taken_for_done_by_tinker_0_18(bench, verb, path):
    """The caller gets the path that the checkpoint would have; other SDKs raise the 409."""
    bench.trainer.answer({"save_state": "save_weights"}.get(verb, verb), 409)

    async def work():
        later, first = await bench.training(TINKER_0_18), await bench.training()
        saved = await (await getattr(later, verb)("one")).result()
        with pytest.raises(ConflictError):
            await (await getattr(first, verb)("one")).result()
        await later.close()
        await first.close()
        return saved.path

    assert run(work()) == f"tinker://model-1/{path}"


def test_calls_in_flight_are_dispatched_in_order_and_polled_side_by_side(bench, batch):
    """seq_ids count from 1; a dispatch waits for the answer to the one before, not for its result."""
    bench.trainer.answer("retrieve_future", 408, until_s=5.0)

    async def work():
        training = await bench.training()
        first = await training.forward_backward(batch, "cross_entropy")
        second = await training.forward_backward(batch, "cross_entropy")
        step = await training.optim_step(ADAM)
        await asyncio.gather(step.result(), second.result(), first.result())
        await training.close()

    run(work())
    dispatched = [sent for sent in bench.trainer.sent if "seq_id" in sent.body]
    assert [sent.body["seq_id"] for sent in dispatched] == [1, 2, 3]
    gaps_s = [later.at_s - sooner.at_s for sooner, later in pairwise(dispatched)]
    assert gaps_s == pytest.approx([bench.trainer.latency_s] * 2)
    assert bench.heard(OperationAcknowledged)[-1] == OperationAcknowledged("optim_step", 3)
    assert [one.seq_id for one in bench.heard(CallSent) if one.seq_id is not None] == [1, 2, 3]


def test_a_retried_dispatch_holds_the_later_ones_back(bench, batch):
    """Order survives a 503: the step is not sent before the batch that it is for."""
    bench.trainer.answer("forward_backward", 503, times=2)

    async def work():
        training = await bench.training()
        await training.forward_backward(batch, "cross_entropy")
        await (await training.optim_step(ADAM)).result()
        await training.close()

    run(work())
    assert [sent.body["seq_id"] for sent in bench.trainer.sent if "seq_id" in sent.body] == [1, 1, 1, 2]


def test_after_a_failed_dispatch_the_later_ones_are_still_sent(bench, batch):
    """So a step is applied on half of its gradients, as with t38 and f10 (docs/reference/protocol.md §6)."""
    bench.trainer.answer("forward_backward", 404, times=1)

    async def work():
        training = await bench.training()
        first = await training.forward_backward(batch, "cross_entropy")
        second = await training.forward_backward(batch, "cross_entropy")
        step = await training.optim_step(ADAM)
        await step.result()
        await second.result()
        with pytest.raises(NotFoundError):
            await first.result()
        await training.close()

    run(work())
    assert [sent.body["seq_id"] for sent in bench.trainer.sent if "seq_id" in sent.body] == [1, 2, 3]


def test_a_result_that_is_late_raises_timeout_and_can_be_waited_for_again(bench):
    """Running out of time ends the waiting; the request is neither cancelled nor sent again."""

    async def work():
        training = await bench.training()
        bench.trainer.answer("retrieve_future", 408, until_s=20.0)
        pending = await training.optim_step(ADAM)
        with pytest.raises(TimeoutError, match="optim_step 1 had no result within 5 s") as caught:
            await pending.result(timeout_s=5.0)
        assert describe(caught.value).leg == "poll"
        await pending.result()
        await training.close()

    run(work())
    assert len(bench.trainer.of("optim_step")) == 1


def test_closing_stops_what_is_pending_and_the_beats(bench):
    """After close nothing is sent, whatever was on its way."""
    bench.trainer.lose("optim_step", "refused")

    async def work():
        training = await bench.training()
        await (await training.save_state("one")).result()
        await training.optim_step(ADAM)
        assert len(training._running) == 1, "what has its result is forgotten"
        await asyncio.sleep(25.0)
        closed_s = asyncio.get_running_loop().time()
        await training.close()
        assert asyncio.get_running_loop().time() == closed_s
        sent = len(bench.trainer.sent)
        await asyncio.sleep(600.0)
        assert len(bench.trainer.sent) == sent

    run(work())


@pytest.mark.parametrize("status", [404, 410, 503])
def test_beats_go_on_every_ten_seconds_whatever_is_answered(bench, status):
    """A refused heartbeat is not retried, not raised, and not the last (docs/reference/protocol.md §1.5)."""
    bench.trainer.answer("session_heartbeat", status)
    bench.trainer.latency_s = 0.0

    async def work():
        service = await bench.service()
        await asyncio.sleep(35.0)
        await service.close()

    run(work())
    beats = bench.trainer.of("session_heartbeat")
    assert [sent.at_s for sent in beats] == [10.0, 20.0, 30.0]
    assert {sent.pool for sent in beats} == {"session"}


def test_saving_and_loading_name_the_checkpoint(bench):
    """Three verbs, two routes; only one of them asks for the optimizer."""

    async def work():
        training = await bench.training()
        saved = await (await training.save_state("step-1")).result()
        await (await training.load_state(saved.path)).result()
        await (await training.load_state_with_optimizer(saved.path)).result()
        names = await training.list_checkpoints()
        await training.close()
        return names

    assert run(work()) == ["step-1"]
    assert bench.trainer.of("save_weights")[0].body == {"model_id": "model-1", "seq_id": 1, "path": "step-1"}
    assert [sent.body["optimizer"] for sent in bench.trainer.of("load_weights")] == [False, True]
    assert bench.trainer.of("list_checkpoints")[0].method == "GET"


def test_models_and_mappings_make_the_same_request(bench, batch):
    """A `Datum` and the JSON object it stands for are sent alike; Adam's unset fields are left out."""

    async def work():
        training = await bench.training()
        await (await training.forward_backward(batch, "cross_entropy", {"clip": 0.2})).result()
        models = [Datum.model_validate(datum) for datum in batch]
        await (await training.forward_backward(models, "cross_entropy", {"clip": 0.2})).result()
        await (await training.optim_step(AdamParams(learning_rate=0.5), "num_sequences")).result()
        await (await training.forward(batch, "cross_entropy")).result()
        await (await training.optim_step(ADAM)).result()
        await training.close()

    run(work())
    by_mapping, by_model = (sent.body["forward_backward_input"] for sent in bench.trainer.of("forward_backward"))
    assert by_mapping == by_model
    assert (by_mapping["loss_fn"], by_mapping["loss_fn_config"]) == ("cross_entropy", {"clip": 0.2})
    (forward,) = bench.trainer.of("forward")
    assert forward.body["forward_input"] == {"data": batch, "loss_fn": "cross_entropy"}
    step, plain = (sent.body for sent in bench.trainer.of("optim_step"))
    assert plain == {"adam_params": ADAM, "model_id": "model-1", "seq_id": 5}
    assert step["adam_params"] == {"learning_rate": 0.5}
    assert step["grad_accumulation_normalization"] == "num_sequences"


def test_a_custom_loss_becomes_the_weights_of_a_cross_entropy(bench, batch):
    """forward, then forward_backward with -dC/dlogprob; for C = sum of squared logprobs that is -2 logprob."""

    def squares(data, logprobs):
        loss = sum((values**2).sum() for values in logprobs)
        return loss, {"squares": loss.item()}

    async def work():
        training = await bench.training()
        result = await (await training.forward_backward_custom(batch, squares)).result()
        await training.close()
        return result

    assert run(work()).metrics == {"loss:sum": 6.0, "squares": 14.0}
    assert bench.trainer.of("forward")[0].body["seq_id"] == 1
    sent = bench.trainer.of("forward_backward")[0].body
    datum = sent["forward_backward_input"]["data"][0]
    assert sent["seq_id"] == 2
    assert datum["loss_fn_inputs"]["weights"]["data"] == pytest.approx([2.0, 4.0, 6.0])
    assert datum["loss_fn_inputs"]["target_tokens"] == batch[0]["loss_fn_inputs"]["target_tokens"]


def test_a_custom_loss_that_ignores_a_datum_is_refused(bench, batch):
    """There is no gradient to send, and the sentence says for which datum."""

    def first_only(data, logprobs):
        return logprobs[0].sum(), {}

    async def work():
        training = await bench.training()
        two = {"loss_fn_outputs": [{"logprobs": {"data": [-1.0], "dtype": "float32"}}] * 2}
        told = {"loss_fn_output_type": "cross_entropy", "metrics": {}, **two}
        bench.trainer.answer("retrieve_future", 200, body=told)
        with pytest.raises(ValueError, match="datum 1"):
            await training.forward_backward_custom(batch * 2, first_only)
        await training.close()

    run(work())


def test_a_custom_loss_needs_the_logprobs_of_each_datum(bench, batch):
    """A trainer that answers for one of two is not taken at its word."""

    async def work():
        training = await bench.training()
        with pytest.raises(ValueError, match="shorter"):
            await training.forward_backward_custom(batch * 2, lambda data, logprobs: (logprobs[0].sum(), {}))
        await training.close()

    run(work())
    assert bench.trainer.of("forward_backward") == []


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        ({"loss_fn_output_type": "x", "loss_fn_outputs": [], "metrics": {"loss": 1.0}}, "name:reduction"),
        ({"loss_fn_outputs": [], "metrics": {}}, "loss_fn_output_type"),
    ],
)
def test_a_result_that_cannot_be_read_is_a_value_error(bench, batch, told, complaint):
    """A metric without its reduction fails as in tinker, and so does a field that is not there."""

    async def work():
        training = await bench.training()
        bench.trainer.answer("retrieve_future", 200, body=told)
        with pytest.raises(ValueError, match=complaint):
            await (await training.forward_backward(batch, "cross_entropy")).result()
        await training.close()

    run(work())
