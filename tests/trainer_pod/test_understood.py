"""What a request asks for and the pod does not know is refused by name; what it does know is done."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from gateway_sim.trainer_pod.engine import TrainingModel
from gateway_sim.trainer_pod.events import StepApplied
from gateway_sim.trainer_pod.losses import LOSSES
from gateway_sim.trainer_pod.protocol import Datum, LoraConfig, TensorData
from gateway_sim.trainer_pod.refusals import OperationRefused
from gateway_sim.trainer_pod.text import batch
from gateway_sim.trainer_pod.understood import WOULD_DO, not_understood

Play = Callable[[Callable[[], Any]], Any]
NAN = float("nan")


def refusal(named: str) -> str:
    """Return the refusal of a field, with what would do where that is known."""
    field = named.partition(" is ")[0]
    would_do = [f": {why}" for ending, why in WOULD_DO.items() if field.endswith(ending)]
    return f"{named}, which this pod does not understand; nothing was done{''.join(would_do)}"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"optimizer_config": {"type": "dimuon", "version": 1}}, "optimizer_config.version is 1"),
        ({"optimizer_config": {"type": "dimuon"}}, "optimizer_config.type is 'dimuon'"),
        ({"lora_config": {"rank": 4, "init_method": "pissa"}}, "lora_config.init_method is 'pissa'"),
        ({"projection_head_dim": 64}, "projection_head_dim is 64"),
    ],
)
def test_a_model_with_a_wish_that_the_pod_does_not_know_is_not_made(
    play: Play, caller: Any, change: dict[str, Any], named: str
) -> None:
    """The failure names the field, and the model trains nothing in its place."""

    async def story() -> None:
        await caller.pod.start()
        await caller.post("create_session")
        body = {"session_id": "session-1-1", "model_seq_id": 0, "base_model": "m", "lora_config": {"rank": 4}, **change}
        failure = await caller.result("create_model", **body)
        assert failure["category"] == "user"
        assert failure["error"] == refusal(named)
        caller.model_id = "session-1-1:train:0"
        trained = await caller.result("forward_backward", **caller.forward_backward_body(1))
        assert trained["error"] == "this model was not created: its create_model failed"

    play(story)


def test_a_setting_of_a_loss_that_is_no_number_fails_as_an_operation_does(play: Play, caller: Any) -> None:
    """And not as a refused dispatch, after which the client of fireworks-ai trains no more: the next batch trains."""

    async def story() -> None:
        await caller.connect()
        asked = caller.forward_backward_body(1, loss_fn_config={"output": "projection", "pooling": "mean"})
        failure = await caller.result("forward_backward", **asked)
        named = "forward_backward_input.loss_fn_config.output is 'projection'"
        assert failure == {"error": refusal(named), "category": "user"}
        assert "metrics" in await caller.result("forward_backward", **caller.forward_backward_body(2))

    play(story)


def test_a_base_only_model_gives_its_logprobs_and_trains_nothing(play: Play, caller: Any) -> None:
    """Its logprobs are those of the base model; what would train it is refused by name."""

    async def story() -> None:
        await caller.connect()
        body = {"session_id": "session-1-1", "model_seq_id": 1, "base_model": "byte-transformer", "base_only": True}
        model_id = (await caller.result("create_model", **body))["model_id"]
        asked = {**caller.forward_backward_body(1), "model_id": model_id}
        forward = await caller.result(
            "forward", forward_input=asked["forward_backward_input"], model_id=model_id, seq_id=1
        )
        fresh = TrainingModel("byte-transformer", LoraConfig(rank=0), "cpu")
        data = [Datum.model_validate(one) for one in asked["forward_backward_input"]["data"]]
        assert forward["metrics"]["loss:sum"] == fresh.forward(data, "cross_entropy").metrics["loss:sum"]
        failure = await caller.result("forward_backward", **{**asked, "seq_id": 2})
        assert failure["error"].startswith("forward_backward is not for a base_only model")

    play(story)
    assert caller.seen(StepApplied) == []


def test_what_asks_for_nothing_is_no_wish(play: Play, caller: Any) -> None:
    """The fields that SDKs always send, with their defaults, are understood."""

    async def story() -> None:
        await caller.pod.start()
        await caller.post("create_session", project_id=None, display_name="night run", type="create_session")
        made = await caller.result(
            "create_model",
            session_id="session-1-1",
            model_seq_id=0,
            base_model="byte-transformer",
            lora_config={"rank": 4, "init_method": None, "alpha": 32},
            optimizer_config={"type": "adamw"},
            projection_head_dim=None,
            base_only=False,
            user_metadata={"who": "alice"},
            type="create_model",
        )
        assert made["model_id"] == "session-1-1:train:0"

    play(story)


@pytest.mark.parametrize(
    ("route", "body", "named"),
    [
        ("optim_step", {"adam_params": {"learning_rate": 1e-3, "amsgrad": True}}, "adam_params.amsgrad is True"),
        (
            "optim_step",
            {"adam_params": {"emit_grad_norm_metrics": "detailed"}},
            "adam_params.emit_grad_norm_metrics is 'detailed'",
        ),
        ("save_weights", {"path": "a", "compress": "zip"}, "compress is 'zip'"),
        ("save_weights_for_sampler", {"path": "a", "kind": "inflight"}, "kind is 'inflight'"),
        (
            "save_weights_for_sampler",
            {"path": "a", "checkpoint_type": "merged_base"},
            "checkpoint_type is 'merged_base'",
        ),
        (
            "load_weights",
            {"path": "a", "optimizer": True, "weights_access_token": "secret"},
            "weights_access_token is 'secret'",
        ),
        (
            "load_weights",
            {"path": "a", "optimizer": True, "optimizer_config": {"type": "dimuon"}},
            "optimizer_config.type is 'dimuon'",
        ),
    ],
)
def test_an_operation_names_the_field_that_the_pod_does_not_know(
    play: Play, caller: Any, route: str, body: dict[str, Any], named: str
) -> None:
    """It fails by its user's fault, after 200, so that no SDK takes it for a broken connection; nothing is applied."""

    async def story() -> None:
        model_id = await caller.connect()
        failure = await caller.result(route, model_id=model_id, seq_id=1, **body)
        assert failure == {
            "error": refusal(named),
            "category": "user",
        }

    play(story)
    assert caller.seen(StepApplied) == []


def test_a_sampler_checkpoint_may_be_asked_for_as_base_or_delta(play: Play, caller: Any) -> None:
    """fireworks-1.2 sends one of the two with every save for a sampler."""

    async def story() -> None:
        model_id = await caller.connect()
        for seq_id, kind in enumerate(("base", "delta"), 1):
            saved = await caller.result(
                "save_weights_for_sampler", model_id=model_id, seq_id=seq_id, path=f"s-{kind}", checkpoint_type=kind
            )
            assert saved["path"].endswith(f"s-{kind}"), saved

    play(story)


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ("datum", "forward_backward_input.data[1].mask is [1, 1]"),
        ("tensor", "forward_backward_input.data[1].loss_fn_inputs.weights.sparse_crow_indices is [0]"),
        ("chunk", "forward_backward_input.data[1].model_input.chunks[0].alt_tokens is 7"),
    ],
)
def test_a_field_of_an_example_is_named_by_its_place(play: Play, caller: Any, place: str, named: str) -> None:
    """Also within the second example."""

    async def story() -> None:
        await caller.connect()
        body = caller.forward_backward_body(1)
        datum = body["forward_backward_input"]["data"][1]
        match place:
            case "datum":
                datum["mask"] = [1, 1]
            case "tensor":
                datum["loss_fn_inputs"]["weights"]["sparse_crow_indices"] = [0]
            case _:
                datum["model_input"]["chunks"][0]["alt_tokens"] = 7
        failure = await caller.result("forward_backward", **body)
        assert failure["error"].startswith(f"{named}, which")

    play(story)


def test_a_session_with_an_unknown_wish_is_refused(play: Play, caller: Any) -> None:
    """create_session has no future, so it is a 400."""

    async def story() -> None:
        await caller.pod.start()
        status, problem = await caller.post("create_session", region="moon")
        assert (status, problem["detail"].partition(",")[0]) == (400, "region is 'moon'")

    play(story)


def model() -> TrainingModel:
    """Return a model that has seen nothing."""
    return TrainingModel("byte-transformer", LoraConfig(rank=4), "cpu")


def policy_data(**further: float) -> list[Datum]:
    """Return examples of sampled tokens, with these fields too: one value for each token."""
    fields = {"logprobs": -6.0, "advantages": 1.0, **further}
    return [
        Datum(
            model_input=datum.model_input,
            loss_fn_inputs={
                "target_tokens": datum.loss_fn_inputs["target_tokens"],
                **{name: TensorData.floats([value] * 8) for name, value in fields.items()},
            },
        )
        for datum in batch(0, 2, 8)
    ]


def test_a_missing_input_is_named_before_an_unread_one() -> None:
    """A batch of cross_entropy, given to another loss, has both: the missing one says what to add."""
    with pytest.raises(OperationRefused, match=r"logprobs is missing: this loss needs it"):
        model().forward_backward(batch(0, 2, 8), "ppo")


def test_an_input_that_the_loss_does_not_read_is_refused_in_training_only() -> None:
    """A forward for a custom loss may carry what only its caller reads."""
    made = model()
    with pytest.raises(OperationRefused, match=r"data\[0\].loss_fn_inputs.rewards is not understood: the loss 'ppo'"):
        made.forward_backward(policy_data(rewards=1.0), "ppo")
    assert made.accumulated == 0
    made.forward(policy_data(rewards=1.0), "ppo")


@pytest.mark.parametrize("loss_fn", ["ppo", "cispo"])
def test_thresholds_of_each_token_clip_as_the_settings_do(loss_fn: str) -> None:
    """Equal thresholds for every token are the settings; of one alone, the other keeps its setting."""
    by_settings, by_tokens, by_both = model(), model(), model()
    thresholds = {"clip_low_threshold": 0.5, "clip_high_threshold": 1.05}
    expected = by_settings.forward_backward(policy_data(), loss_fn, thresholds)
    given = by_tokens.forward_backward(policy_data(**thresholds), loss_fn)
    mixed = by_both.forward_backward(policy_data(clip_high_threshold=1.05), loss_fn, {"clip_low_threshold": 0.5})
    assert given == expected == mixed
    assert given != model().forward_backward(policy_data(), loss_fn)
    gradients = [
        torch.cat([g.reshape(-1) for g in made.gradients().values()]) for made in (by_settings, by_tokens, by_both)
    ]
    assert torch.equal(gradients[0], gradients[1])
    assert torch.equal(gradients[0], gradients[2])


def test_cross_entropy_without_weights_takes_ones() -> None:
    """Also where one example of the batch has weights and another has none."""
    whole = batch(0, 2, 8)
    without = [
        Datum(model_input=d.model_input, loss_fn_inputs={"target_tokens": d.loss_fn_inputs["target_tokens"]})
        for d in whole
    ]
    expected = model().forward_backward(whole, "cross_entropy")
    assert model().forward_backward([whole[0], without[1]], "cross_entropy") == expected
    total = model().forward_backward(without, "cross_entropy").metrics["loss:sum"]
    assert total == pytest.approx(expected.metrics["loss:sum"])


@pytest.mark.parametrize(("version", "low", "high"), [("0.15.0", 0.8, 1.2), ("0.23.0", 0.8, 1.2), ("0.38.0", 0.0, 4.0)])
def test_cispo_without_settings_clips_as_the_generation_documents(
    play: Play, caller: Any, version: str, low: float, high: float
) -> None:
    """0.8 and 1.2 of older SDKs, 0 and 4 of newer ones; a setting that is given counts for both."""

    async def story() -> None:
        await caller.pod.start()
        _, session = await caller.post("create_session", sdk_version=version)
        body = {"session_id": session["session_id"], "model_seq_id": 0, "base_model": "byte-transformer"}
        caller.model_id = (await caller.result("create_model", **body, lora_config={"rank": 4}))["model_id"]
        losses = []
        for seq_id, settings in enumerate((None, {"clip_low_threshold": low, "clip_high_threshold": high}), 1):
            asked = caller.forward_backward_body(seq_id, policy_data(), loss_fn="cispo", loss_fn_config=settings)
            losses.append((await caller.result("forward_backward", **asked))["metrics"]["loss:sum"])
        assert losses[0] == losses[1]
        tight = {"clip_high_threshold": 1.1}
        narrow = caller.forward_backward_body(3, policy_data(), loss_fn="cispo", loss_fn_config=tight)
        assert (await caller.result("forward_backward", **narrow))["metrics"]["loss:sum"] != losses[0]

    play(story)


@pytest.mark.parametrize("value", [NAN, float("inf"), 1e39])
@pytest.mark.parametrize("passes", ["forward", "forward_backward"])
def test_an_input_that_is_not_finite_is_named(value: float, passes: str) -> None:
    """Datum, field and position, before any gradient."""
    data = batch(0, 2, 8)
    data[1].loss_fn_inputs["weights"] = TensorData.floats([1.0, 1.0, value, *[1.0] * 5])
    made = model()
    with pytest.raises(OperationRefused, match=r"data\[1\]\.loss_fn_inputs\.weights\[2\] is .*, which is no finite"):
        getattr(made, passes)(data, "cross_entropy")
    assert made.accumulated == 0
    assert not any(gradient.any() for gradient in made.gradients().values())


def test_a_loss_that_overflows_names_its_datum() -> None:
    """The inputs are finite, the ratio of the second example is not."""
    data = policy_data()
    data[1].loss_fn_inputs["logprobs"] = TensorData.floats([-500.0] * 8)
    with pytest.raises(OperationRefused, match=r"data\[1\]: the loss 'importance_sampling' is -inf; .* loss_fn_inputs"):
        model().forward_backward(data, "importance_sampling")


def test_models_of_one_session_without_a_seed_begin_differently_and_each_the_same_again(
    play: Play, caller: Any
) -> None:
    """The seed comes of the model's number in its session, so another pod begins a repeated run with equal weights."""

    async def first_step(number: int) -> str:
        _, session = await caller.post("create_session")
        body = {"session_id": session["session_id"], "base_model": "byte-transformer", "lora_config": {"rank": 4}}
        for model_seq_id in range(number + 1):
            made = await caller.result("create_model", **body, model_seq_id=model_seq_id)
        caller.model_id = made["model_id"]
        await caller.result("forward_backward", **caller.forward_backward_body(1))
        await caller.result("optim_step", **caller.optim_step_body(2))
        weights: str = caller.seen(StepApplied)[-1].weights
        return weights

    async def story() -> None:
        await caller.pod.start()
        weights = [await first_step(number) for number in (0, 1, 2, 1)]
        assert len(set(weights)) == 3
        assert weights[1] == weights[3]

    play(story)


def test_each_optional_input_with_a_setting_has_its_default() -> None:
    """A token without a threshold of its own is clipped by the setting."""
    for loss in LOSSES.values():
        for name, default in loss.settings.items():
            assert loss.optional.get(name, default) == default


def test_a_refusal_repeats_the_beginning_of_a_long_value() -> None:
    """Sixty characters of it: a body may be of megabytes."""
    told = not_understood(LoraConfig.model_validate({"rank": 4, "init_method": "x" * 1000}))
    assert told == refusal(f"init_method is '{'x' * 59}")
    assert not_understood(LoraConfig(rank=4)) is None
