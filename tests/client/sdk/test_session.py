"""The verbs of a training client: their order, their numbers, their results, and how they end."""

import asyncio
from itertools import pairwise

import pytest

from gateway_sim.client.events import Connected, OperationAcknowledged
from gateway_sim.client.sdk.errors import NotFoundError, describe
from gateway_sim.trainer_pod.protocol import AdamParams, Datum
from tests.clock import run

ADAM = {"learning_rate": 1e-3}


def test_connecting_asks_for_a_session_a_model_and_its_result(bench):
    """f10 asks for no client/config before and for no get_info after."""

    async def work():
        await (await bench.training()).close()

    run(work())
    assert [sent.route for sent in bench.trainer.sent] == ["create_session", "create_model", "retrieve_future"]
    assert bench.trainer.of("create_model")[0].body["lora_config"]["rank"] == 4
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
    assert [sent.body["model_seq_id"] for sent in bench.trainer.of("create_model")] == [0, 1]


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
        await training.optim_step(ADAM)
        await asyncio.sleep(25.0)
        await training.close()
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
        await training.close()

    run(work())
    by_mapping, by_model = (sent.body["forward_backward_input"] for sent in bench.trainer.of("forward_backward"))
    assert by_mapping == by_model
    step = bench.trainer.of("optim_step")[0].body
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
