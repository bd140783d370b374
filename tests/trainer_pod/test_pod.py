"""Stories of a pod and one caller: nothing is applied twice, nothing that fails takes the pod along."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway_sim.trainer_pod.config import PodConfig
from gateway_sim.trainer_pod.engine import TrainingModel
from gateway_sim.trainer_pod.events import (
    GradientsAccumulated,
    ModelCreated,
    OperationAccepted,
    OperationFailed,
    OperationRepeated,
    PodReady,
    PodStopped,
    PollHeld,
    ResultDelivered,
    StateLoaded,
    StateSaved,
    StepApplied,
)
from gateway_sim.trainer_pod.protocol import LoraConfig
from gateway_sim.trainer_pod.text import batch

Play = Callable[[Callable[[], Any]], Any]


def test_a_run_over_http_ends_with_the_weights_of_the_bare_engine(play: Play, caller: Any) -> None:
    """Three steps asked for over the protocol give, bit for bit, those of the engine alone."""

    async def story() -> None:
        await caller.connect()
        for step in range(3):
            await caller.result("forward_backward", **caller.forward_backward_body(2 * step + 1, batch(step, 2, 16)))
            await caller.result("optim_step", **caller.optim_step_body(2 * step + 2))

    play(story)
    bare = TrainingModel("byte-transformer", LoraConfig(rank=4), caller.pod.device)
    for step in range(3):
        bare.forward_backward(batch(step, 2, 16), "cross_entropy")
        bare.optim_step({"learning_rate": 1e-3})
    applied = caller.seen(StepApplied)
    assert [(event.step, event.accumulated, event.seq_id) for event in applied] == [(1, 1, 2), (2, 1, 4), (3, 1, 6)]
    assert applied[-1].weights == bare.weights_digest()
    assert len(caller.seen(PodReady)) == len(caller.seen(ModelCreated)) == 1


def test_a_resent_operation_gets_its_first_answer_and_is_not_done_again(play: Play, caller: Any) -> None:
    """The same seq_id and body, sent before and after the result is there, is one operation."""
    # docs/reference/protocol.md §6

    async def story() -> None:
        await caller.connect()
        body = caller.forward_backward_body(1)
        (_, first), (_, again) = (
            await caller.post("forward_backward", **body),
            await caller.post("forward_backward", **body),
        )
        _, answer = await caller.poll(first["request_id"])
        _, late = await caller.post("forward_backward", **body)
        assert first == again == late
        assert await caller.poll(late["request_id"]) == (200, answer)
        for _ in range(2):
            await caller.result("optim_step", **caller.optim_step_body(2))

    play(story)
    assert len(caller.seen(GradientsAccumulated)) == 1
    assert [event.accumulated for event in caller.seen(StepApplied)] == [1]
    assert [event.seq_id for event in caller.seen(OperationRepeated)] == [1, 1, 2]


def test_another_body_under_a_taken_seq_id_fails_when_polled(play: Play, caller: Any) -> None:
    """It is taken with 200, not refused with 409, which the SDK would send for 300 s; and it is not applied."""

    async def story() -> None:
        await caller.connect()
        await caller.result("optim_step", **caller.optim_step_body(1))
        status, envelope = await caller.post("optim_step", **caller.optim_step_body(1, learning_rate=9.0))
        assert status == 200
        assert await caller.post("optim_step", **caller.optim_step_body(1, learning_rate=9.0)) == (200, envelope)
        status, failure = await caller.poll(envelope["request_id"])
        assert (status, failure["category"]) == (200, "user")
        assert "seq_id 1" in failure["error"]
        assert "not applied" in failure["error"]

    play(story)
    assert len(caller.seen(StepApplied)) == 1
    assert len(caller.seen(OperationFailed)) == 1


def test_a_model_created_twice_is_one_model(play: Play, caller: Any) -> None:
    """create_model is known by (session, model_seq_id); a conflicting one fails and leaves the first alone."""

    async def story() -> None:
        model_id = await caller.connect()
        assert model_id == "session-1-1:train:0"
        body = {"session_id": "session-1-1", "model_seq_id": 0, "base_model": "byte-transformer"}
        same = await caller.result("create_model", **body, lora_config={"rank": 4})
        assert same["model_id"] == model_id
        other = await caller.result("create_model", **body, lora_config={"rank": 8})
        assert other["category"] == "user"
        _, info = await caller.post("get_info", model_id=model_id)
        assert info["lora_rank"] == 4

    play(story)
    assert len(caller.seen(ModelCreated)) == 1


def test_a_hole_in_the_seq_ids_stops_nobody(play: Play, caller: Any) -> None:
    """A call that never arrived leaves a hole, and the next one is done all the same."""
    # docs/reference/protocol.md §6

    async def story() -> None:
        await caller.connect()
        result = await caller.result("optim_step", **caller.optim_step_body(5))
        assert result["metrics"]["step:max"] == 1

    play(story)


def test_a_poll_is_held_and_then_told_to_come_again(play: Play, config: PodConfig, open_caller: Any) -> None:
    """A step of 45 s outlasts a hold of 30 s: one 408 with its queue state, then the result as soon as it is there."""
    caller = open_caller(replace(config, optim_step_s=45.0))

    async def story() -> None:
        await caller.connect()
        _, envelope = await caller.post("optim_step", **caller.optim_step_body(1))
        status, told = await caller.poll(envelope["request_id"])
        assert (status, asyncio.get_running_loop().time()) == (408, 30.0)
        assert told == {"type": "try_again", "request_id": envelope["request_id"], "queue_state": "active"}
        status, _ = await caller.poll(envelope["request_id"])
        assert (status, asyncio.get_running_loop().time()) == (200, 45.0)

    play(story)
    step = caller.seen(OperationAccepted)[-1].request_id
    assert [event.request_id for event in caller.seen(PollHeld)][-2:] == [step, step]
    assert [event.request_id for event in caller.seen(ResultDelivered)].count(step) == 1


def test_a_later_incarnation_resumes_where_the_first_one_saved(play: Play, config: PodConfig, open_caller: Any) -> None:
    """Saved by incarnation 1, loaded by incarnation 2 with its optimizer: the run ends as an uninterrupted one."""

    async def train(caller: Any, first_seq_id: int, *steps: int) -> None:
        for offset, step in enumerate(steps):
            seq_id = first_seq_id + 2 * offset
            await caller.result("forward_backward", **caller.forward_backward_body(seq_id, batch(step, 2, 16)))
            await caller.result("optim_step", **caller.optim_step_body(seq_id + 1))

    async def story() -> list[Any]:
        whole, first, second = (open_caller(replace(config, incarnation=number)) for number in (9, 1, 2))
        for caller in (whole, first, second):
            await caller.connect()
        await train(whole, 1, 0, 1)
        await train(first, 1, 0)
        saved = await first.result("save_weights", model_id=first.model_id, path="step-1", seq_id=3)
        assert saved == {"path": "tinker://alice/weights/step-1", "type": "save_weights"}
        await first.pod.stop()
        assert (await second.send("GET", "list_checkpoints"))[1] == {"checkpoints": ["step-1"]}
        loaded = {"model_id": second.model_id, "path": saved["path"], "seq_id": 1}
        again = await second.result("load_weights", **loaded, optimizer=True)
        assert again == {"path": saved["path"], "type": "load_weights"}
        await train(second, 2, 1)
        return [whole, first, second]

    whole, first, second = play(story)
    assert second.seen(StepApplied)[-1].weights == whole.seen(StepApplied)[-1].weights
    assert second.seen(StepApplied)[-1].step == 2
    assert [event.step for event in first.seen(StateSaved)] == [1]
    assert [(event.step, event.with_optimizer) for event in second.seen(StateLoaded)] == [(1, True)]


def test_a_pod_that_is_stopped_while_it_saves_leaves_no_checkpoint(
    play: Play, config: PodConfig, open_caller: Any
) -> None:
    """Its save takes 4 s and it has 2: the next one refuses the load for want of a marker, and trains on untouched."""
    first = open_caller(replace(config, save_s=4.0))
    later = open_caller(replace(config, incarnation=2))

    async def story() -> None:
        await first.connect()
        await first.post("save_weights", model_id=first.model_id, path="half", seq_id=1)
        await asyncio.sleep(2.0)
        await first.pod.stop()
        await later.connect()
        assert (await later.send("GET", "list_checkpoints"))[1]["checkpoints"] == []
        failed = await later.result("load_weights", model_id=later.model_id, path="half", seq_id=1)
        assert (failed["category"], failed["error"]) == (
            "user", "checkpoint 'half' has no COMMIT marker: its save was cut short",
        )  # fmt: skip
        await train(later, 2)

    async def train(caller: Any, seq_id: int) -> None:
        await caller.result("forward_backward", **caller.forward_backward_body(seq_id))
        await caller.result("optim_step", **caller.optim_step_body(seq_id + 1))

    play(story)
    assert first.seen(StateSaved) == []
    bare = TrainingModel("byte-transformer", LoraConfig(rank=4), later.pod.device)
    bare.forward_backward(batch(0, 2, 16), "cross_entropy")
    bare.optim_step({"learning_rate": 1e-3})
    assert later.seen(StepApplied)[-1].weights == bare.weights_digest()


def test_a_stopped_pod_leaves_no_task_and_lets_waiting_polls_go(
    play: Play, config: PodConfig, open_caller: Any
) -> None:
    """Killed in the middle of a step: the step is never applied, the held poll hears 503, and nothing runs on."""
    caller = open_caller(replace(config, optim_step_s=20.0))

    async def story() -> None:
        await caller.connect()
        _, envelope = await caller.post("optim_step", **caller.optim_step_body(1))
        held = asyncio.create_task(caller.poll(envelope["request_id"]))
        await asyncio.sleep(5)
        await caller.pod.stop()
        await caller.pod.stop()
        status, problem = await held
        assert (status, asyncio.get_running_loop().time()) == (503, 5.0)
        assert problem["type"] == "urn:gateway-sim:pod-not-ready"
        assert asyncio.all_tasks() == {asyncio.current_task()}

    play(story)
    assert caller.seen(StepApplied) == []
    assert len(caller.seen(PodStopped)) == 1


def test_a_hold_that_the_sdk_would_not_sit_through_is_refused(config: PodConfig) -> None:
    """The SDK gives a poll 45 s; a hold must end well before."""
    with pytest.raises(ValueError, match="hold_poll_s must be at least 0 and below 40, not 45"):
        replace(config, hold_poll_s=45.0)


def test_a_container_that_was_started_again_knows_nothing_and_gives_out_no_id_twice(
    play: Play, config: PodConfig, open_caller: Any
) -> None:
    """The same incarnation, an empty memory: an old result is told as lost, an old model as unknown."""
    before, after = open_caller(config), open_caller(replace(config, restarts=1))

    async def story() -> None:
        await before.connect()
        _, promise = await before.post("optim_step", **before.optim_step_body(1))
        await after.connect()
        assert promise["request_id"] == "req-1-2"
        status, lost = await after.poll(promise["request_id"])
        assert (status, lost["category"]) == (200, "unknown")
        assert lost["error"].startswith("result req-1-2 was lost when the container of incarnation 1 of alice ended")
        assert (await after.post("get_info", model_id=before.model_id))[0] == 404
        assert (await after.poll("req-1.1-9"))[0] == (await after.poll("req-1.2-1"))[0] == 404
        assert after.model_id == "session-1.1-1:train:0"

    play(story)


def test_a_pod_that_makes_way_lets_go_of_its_polls_and_trains_no_more(
    play: Play, config: PodConfig, open_caller: Any
) -> None:
    """A newer incarnation runs: a caller of this one is told so at once, also one whose poll is held."""
    caller = open_caller(replace(config, optim_step_s=20.0))

    async def story() -> None:
        await caller.connect()
        _, envelope = await caller.post("optim_step", **caller.optim_step_body(1))
        held = asyncio.create_task(caller.poll(envelope["request_id"]))
        await asyncio.sleep(5)
        await caller.pod.retire()
        status, problem = await held
        assert (status, asyncio.get_running_loop().time()) == (421, 5.0)
        assert "superseded by a newer incarnation" in problem["detail"]
        status, problem = await caller.send("GET", "healthz")
        assert (status, problem["detail"]) == (
            421, "the request is for 'this job', and this pod is 'acme/alice@1, superseded'",
        )  # fmt: skip
        await asyncio.sleep(60)

    play(story)
    assert caller.seen(StepApplied) == []


def test_weights_that_are_kept_for_a_sampler_are_the_models(play: Play, caller: Any) -> None:
    """Those of the moment: of each token the logprob that the model gave it then."""

    async def story() -> None:
        model_id = await caller.connect()
        await caller.result("forward_backward", **caller.forward_backward_body(1))
        await caller.result("optim_step", **caller.optim_step_body(2, learning_rate=0.1))
        kept = await caller.result("save_weights_for_sampler", model_id=model_id, seq_id=3, sampling_session_seq_id=7)
        assert kept["sampling_session_id"] == "session-1-1:sample:7"
        (datum,) = batch(0, 1, 16)
        asked = {"model_id": model_id, "seq_id": 4}
        trained = await caller.result("forward", forward_input={
            "data": [datum.model_dump()], "loss_fn": "cross_entropy"}, **asked)  # fmt: skip
        scored = await caller.result(
            "asample", sampling_session_id=kept["sampling_session_id"], seq_id=0, prompt_logprobs=True,
            prompt={"chunks": [{"tokens": datum.model_input.tokens}]}, sampling_params={"max_tokens": 1},
        )  # fmt: skip
        logprobs = trained["loss_fn_outputs"][0]["logprobs"]["data"]
        assert scored["prompt_logprobs"][1:] == pytest.approx(logprobs[:-1], abs=1e-5)

    play(story)


def test_a_pod_of_no_further_settings_computes_at_once(play: Play, caller: Any) -> None:
    """And holds a poll for 30 s; nothing of it fails or is announced by its size."""

    async def story() -> None:
        model_id = await caller.connect()
        await caller.result("forward_backward", **caller.forward_backward_body(1))
        await caller.result("optim_step", **caller.optim_step_body(2))
        await caller.result("save_weights", model_id=model_id, path="one", seq_id=3)
        body = {"session_id": "session-1-1", "sampling_session_seq_id": 0, "base_model": "m"}
        session = (await caller.post("create_sampling_session", **body))[1]["sampling_session_id"]
        prompt = {"chunks": [{"tokens": [1]}]}
        asked = {"sampling_session_id": session, "prompt": prompt, "sampling_params": {"max_tokens": 1}}
        await caller.result("asample", seq_id=0, **asked)
        assert asyncio.get_running_loop().time() == 0.0

    play(story)
    of = caller.pod.config
    assert (of.hold_poll_s, of.fails_from_step, of.metadata_over_bytes, of.restarts) == (30.0, None, None, 0)
    assert (of.device, of.compressed_batches, of.start) == ("auto", False, "1")
    for hold_poll_s in (0.0, 39.9):
        assert replace(of, hold_poll_s=hold_poll_s).hold_poll_s == hold_poll_s
    for hold_poll_s in (-0.1, 40.0):
        with pytest.raises(ValueError, match="hold_poll_s must be at least 0 and below 40"):
            replace(of, hold_poll_s=hold_poll_s)


def test_the_tasks_of_a_pod_are_named_by_what_they_work_on(play: Play, config: PodConfig, open_caller: Any) -> None:
    """By these names the report of a loop that can never go on says what it waits for."""
    caller = open_caller(replace(config, optim_step_s=5.0, sample_s=5.0))

    async def story() -> None:
        await caller.connect()
        await caller.post("optim_step", **caller.optim_step_body(1))
        body = {"session_id": "session-1-1", "sampling_session_seq_id": 0, "base_model": "m"}
        session = (await caller.post("create_sampling_session", **body))[1]["sampling_session_id"]
        asked = {"prompt": {"chunks": [{"tokens": [1]}]}, "sampling_params": {"max_tokens": 1}}
        await caller.post("asample", sampling_session_id=session, seq_id=0, **asked)
        await asyncio.sleep(1.0)
        names = {task.get_name() for task in asyncio.all_tasks()}
        assert {"worker of session-1-1:train:0", "sample session-1-1:sample:0"} <= names
        await caller.pod.stop()

    play(story)
