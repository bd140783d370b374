"""The work of one model: operations that fail, a trainer that breaks, a model from a checkpoint."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from torch.distributed.checkpoint.api import CheckpointException

from gateway_sim.trainer_pod.config import PodConfig
from gateway_sim.trainer_pod.engine import TrainingModel
from gateway_sim.trainer_pod.events import (
    ModelCreated,
    OperationFailed,
    StateLoaded,
    StepApplied,
)

Play = Callable[[Callable[[], Any]], Any]


def test_pipelined_operations_are_done_in_the_order_they_came(play: Play, config: PodConfig, open_caller: Any) -> None:
    """Two batches and a step sent at once take their modelled seconds one after another, the step last."""
    caller = open_caller(replace(config, forward_backward_s=2.0, optim_step_s=1.0))

    async def story() -> None:
        await caller.connect()
        began_s = asyncio.get_running_loop().time()
        await caller.post("forward_backward", **caller.forward_backward_body(1))
        await caller.post("forward_backward", **caller.forward_backward_body(2))
        await caller.result("optim_step", **caller.optim_step_body(3))
        assert asyncio.get_running_loop().time() - began_s == pytest.approx(5.0)

    play(story)
    assert [event.accumulated for event in caller.seen(StepApplied)] == [2]


def test_an_operation_that_fails_fails_alone(play: Play, caller: Any) -> None:
    """An unknown loss is the user's failure; the model trains on."""

    async def story() -> None:
        await caller.connect()
        failure = await caller.result("forward_backward", **caller.forward_backward_body(1, loss_fn="hinge"))
        assert failure["category"] == "user"
        assert failure["error"].startswith("there is no loss 'hinge'")
        result = await caller.result("forward", **_as_forward(caller.forward_backward_body(2)))
        assert set(result) == {"loss_fn_output_type", "loss_fn_outputs", "metrics"}
        assert set(result["loss_fn_outputs"][0]["logprobs"]) == {"data", "dtype", "shape"}
        assert all(name.count(":") == 1 for name in result["metrics"])

    play(story)


def _as_forward(body: dict[str, Any]) -> dict[str, Any]:
    return {"forward_input": body["forward_backward_input"], "model_id": body["model_id"], "seq_id": body["seq_id"]}


def test_an_exception_in_the_engine_is_the_servers_and_ends_no_worker(
    play: Play, caller: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever an operation raises becomes its result, and the next operation is done."""

    async def story() -> None:
        await caller.connect()
        with monkeypatch.context() as faulty:
            faulty.setattr(TrainingModel, "optim_step", _out_of_memory)
            failure = await caller.result("optim_step", **caller.optim_step_body(1))
        assert failure == {"error": "MemoryError: no room", "category": "server"}
        assert "metrics" in await caller.result("optim_step", **caller.optim_step_body(2))

    play(story)


def test_a_save_that_torch_cannot_write_is_the_servers(
    play: Play, caller: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """torch tells of it by a BaseException; the worker survives that too."""

    async def story() -> None:
        model_id = await caller.connect()
        with monkeypatch.context() as faulty:
            faulty.setattr("torch.distributed.checkpoint.state_dict_saver.save", _disk_full)
            failure = await caller.result("save_weights", model_id=model_id, path="step-0", seq_id=1)
        assert failure["category"] == "server"
        assert "metrics" in await caller.result("optim_step", **caller.optim_step_body(2))

    play(story)


def _disk_full(*_: object, **__: object) -> None:
    raise CheckpointException("no space left", {})


def _out_of_memory(*_: object) -> None:
    raise MemoryError("no room")


def test_a_broken_trainer_fails_from_its_step_on(play: Play, config: PodConfig, open_caller: Any) -> None:
    """The fault a world sets: step 2 fails, and so does every operation after it, each with category server."""
    caller = open_caller(replace(config, fails_from_step=2))

    async def story() -> None:
        await caller.connect()
        for seq_id in (1, 2):
            await caller.result("forward_backward", **caller.forward_backward_body(2 * seq_id))
            outcome = await caller.result("optim_step", **caller.optim_step_body(2 * seq_id + 1))
        assert outcome["category"] == "server"
        outcome = await caller.result("forward_backward", **caller.forward_backward_body(6))
        assert outcome["category"] == "server"

    play(story)
    assert [event.step for event in caller.seen(StepApplied)] == [1]
    assert [event.seq_id for event in caller.seen(OperationFailed)] == [5, 6]


def test_a_checkpoint_that_is_not_there_is_the_users_failure(play: Play, caller: Any) -> None:
    """The failure names it, and the model trains on."""

    async def story() -> None:
        model_id = await caller.connect()
        failure = await caller.result("load_weights", model_id=model_id, path="nowhere", seq_id=1, optimizer=True)
        assert failure == {"error": "there is no checkpoint 'nowhere'; there are: none", "category": "user"}
        sampler = await caller.result("save_weights_for_sampler", model_id=model_id, path="v1", seq_id=2)
        assert sampler == {"path": "tinker://alice/sampler_weights/v1", "type": "save_weights_for_sampler"}

    play(story)


def test_an_unloaded_model_is_gone_and_its_answers_stay(play: Play, caller: Any) -> None:
    """What was accepted before is done; a repeat of the unload, or of what came before it, gets its first answer."""

    async def story() -> None:
        model_id = await caller.connect()
        _, step = await caller.post("optim_step", **caller.optim_step_body(1))
        _, unload = await caller.post("unload_model", model_id=model_id)
        assert await caller.post("unload_model", model_id=model_id) == (200, unload)
        assert await caller.poll(unload["request_id"]) == (200, {"model_id": model_id, "type": "unload_model"})
        assert "metrics" in (await caller.poll(step["request_id"]))[1]
        assert await caller.post("optim_step", **caller.optim_step_body(1)) == (200, step)
        assert (await caller.post("optim_step", **caller.optim_step_body(2)))[0] == 404
        assert (await caller.post("get_info", model_id=model_id))[0] == 404

    play(story)


def test_a_model_that_could_not_be_made_says_so_to_each_operation(play: Play, caller: Any) -> None:
    """create_model fails with a reason, and what follows fails because of it."""

    async def story() -> None:
        await caller.pod.start()
        await caller.post("create_session")
        nothing = {"rank": 2, "train_mlp": False, "train_attn": False, "train_unembed": False}
        body = {"session_id": "session-1-1", "model_seq_id": 0, "base_model": "m", "lora_config": nothing}
        assert "trains nothing" in (await caller.result("create_model", **body))["error"]
        caller.model_id = "session-1-1:train:0"
        failure = await caller.result("optim_step", **caller.optim_step_body(1))
        assert failure == {"error": "this model was not created: its create_model failed", "category": "user"}

    play(story)


def test_a_trainer_that_is_broken_from_the_start_makes_no_model(
    play: Play, config: PodConfig, open_caller: Any
) -> None:
    """From step 0 on everything fails; from step 1 on the first step does, and what came before it was done."""
    for fails_from, steps in ((0, 0), (1, 0), (3, 2)):
        caller = open_caller(replace(config, fails_from_step=fails_from))

        async def story(caller: Any = caller, fails_from: int = fails_from) -> None:
            await caller.pod.start()
            await caller.post("create_session")
            body = {"session_id": "session-1-1", "model_seq_id": 0, "base_model": "m", "lora_config": {"rank": 2}}
            made = await caller.result("create_model", **body)
            if fails_from == 0:
                error = "RuntimeError: the trainer is broken from step 0 on"
                assert made == {"error": error, "category": "server"}
                return
            caller.model_id = made["model_id"]
            for seq_id in range(1, 5):
                await caller.result("optim_step", **caller.optim_step_body(seq_id))

        play(story)
        assert len(caller.seen(StepApplied)) == steps


def test_a_model_that_is_made_from_a_checkpoint_tells_both(play: Play, caller: Any) -> None:
    """That it was made, and what it loaded, by the path of the save; of one that cannot be made, neither."""

    async def story() -> None:
        model_id = await caller.connect()
        await caller.result("optim_step", **caller.optim_step_body(1))
        await caller.result("save_weights", model_id=model_id, path="one", seq_id=2)
        made = {"session_id": "session-1-1", "path": "one"}
        for number, more in ((1, {"optimizer": True}), (2, {}), (3, {"base_model": "byte-transformer"})):
            result = await caller.result("load_weights", model_seq_id=number, **made, **more)
            assert result["model_id"] == f"session-1-1:train:{number}"
        failure = await caller.result("load_weights", model_seq_id=4, **made, base_model="x")
        assert failure["error"] == "checkpoint 'one' is of 'byte-transformer', not of 'x'"

    play(story)
    assert [event.model_id for event in caller.seen(ModelCreated)] == [f"session-1-1:train:{n}" for n in range(4)]
    assert [(event.path, event.step, event.with_optimizer) for event in caller.seen(StateLoaded)] == [
        ("tinker://alice/weights/one", 1, with_optimizer) for with_optimizer in (True, False, False)
    ]


def test_a_step_is_divided_as_its_request_says(play: Play, caller: Any) -> None:
    """By the two sequences of its batch; without a word, by nothing."""

    async def norm(seq_id: int, **divided: str) -> float:
        await caller.result("forward_backward", **caller.forward_backward_body(seq_id))
        asked = caller.optim_step_body(seq_id + 1, learning_rate=0.0)
        value: float = (await caller.result("optim_step", **asked, **divided))["metrics"]["grad_norm:max"]
        return value

    async def story() -> None:
        await caller.connect()
        whole, halved = await norm(1), await norm(3, grad_accumulation_normalization="num_sequences")
        assert halved == pytest.approx(whole / 2)

    play(story)
