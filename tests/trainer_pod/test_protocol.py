"""The wire's bodies: what older SDKs leave out is filled in, what does not fit is named."""

import subprocess
import sys
from typing import get_args

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from gateway_sim.trainer_pod import protocol
from gateway_sim.trainer_pod.protocol import (
    AdamParams,
    Datum,
    ForwardBackwardInput,
    ForwardBackwardOutput,
    TensorData,
    listings,
    sampling,
    sessions,
    settings,
    tensors,
)

BODIES = sorted(
    {
        body
        for module in (protocol, listings, sampling, sessions, settings, tensors)
        for body in vars(module).values()
        if isinstance(body, type) and issubclass(body, BaseModel)
    },
    key=lambda body: body.__name__,
)


def test_a_chunk_without_a_type_is_text() -> None:
    """The April SDK sends chunks without `type` (docs/reference/protocol.md §1.3), in any number."""
    datum = Datum.model_validate_json(
        '{"model_input":{"chunks":[{"tokens":[1]},{"tokens":[2,3]}]},"loss_fn_inputs":{}}'
    )
    assert datum.model_input.tokens == [1, 2, 3]


def test_a_map_reads_the_same_in_any_order() -> None:
    """A resent body may name its tensors in another order and still says the same."""
    tensors = {"weights": TensorData.floats([1.0]), "target_tokens": TensorData.ints([1])}
    told = {"model_input": {"chunks": []}, "loss_fn_inputs": tensors}
    turned = {"model_input": {"chunks": []}, "loss_fn_inputs": dict(reversed(tensors.items()))}
    assert Datum.model_validate(told).model_dump_json() == Datum.model_validate(turned).model_dump_json()


def test_integers_stay_integers_and_floats_floats() -> None:
    """An int64 tensor is written without decimal points, as the SDKs write it."""
    assert '"data":[1,2]' in TensorData.ints([1, 2]).model_dump_json()
    assert '"data":[1.0,0.5]' in TensorData.model_validate({"data": [1, 0.5], "dtype": "float32"}).model_dump_json()


def test_a_loss_that_is_not_a_number_survives_the_wire() -> None:
    """A diverged run is told as NaN, not as null."""
    told = ForwardBackwardOutput(loss_fn_output_type="x", loss_fn_outputs=[], metrics={"loss:sum": float("nan")})
    assert '"loss:sum":NaN' in told.model_dump_json()


def test_a_shape_must_hold_its_values() -> None:
    """A tensor that says two by two and brings three values is refused."""
    with pytest.raises(ValidationError, match="cannot hold 3 values"):
        TensorData(data=[1.0, 2.0, 3.0], dtype="float32", shape=[2, 2])


def test_adam_has_the_defaults_of_the_sdk() -> None:
    """Fields that the April SDK omits are 0.9, 0.95 and 1e-12, with neither decay nor clip."""
    # docs/reference/protocol.md §1
    adam = AdamParams.model_validate({"learning_rate": 0.1})
    assert (adam.beta1, adam.beta2, adam.eps, adam.weight_decay, adam.grad_clip_norm) == (0.9, 0.95, 1e-12, 0, 0)


def test_a_client_can_import_the_protocol_without_torch_or_fastapi() -> None:
    """The vocabulary is light: a client pays for pydantic only."""
    asked = (
        "import sys, gateway_sim.trainer_pod.protocol; "
        "print([m for m in ('torch', 'fastapi', 'numpy') if m in sys.modules])"
    )
    heard = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert heard.stdout.strip() == "[]"


@pytest.mark.parametrize("body", BODIES, ids=[body.__name__ for body in BODIES])
def test_what_a_body_leaves_out_is_null_or_a_value_that_could_have_been_sent(body: type[BaseModel]) -> None:
    """A field that may be null is null by default, so that a body says what was said and nothing else."""
    for name, field in body.model_fields.items():
        if field.is_required():
            continue
        if type(None) in get_args(field.annotation):
            assert field.default is None, name
        TypeAdapter(field.annotation).validate_python(field.get_default(call_default_factory=True), strict=True)


def test_the_settings_of_a_loss_are_its_numbers() -> None:
    """The pod refuses the others by name, before it computes."""
    read = ForwardBackwardInput.model_validate(
        {"data": [], "loss_fn": "ppo", "loss_fn_config": {"beta": 0.5, "clip": 1, "kind": "x", "on": True}}
    )
    assert read.settings == {"beta": 0.5, "clip": 1.0}
    assert ForwardBackwardInput(data=[], loss_fn="ppo").settings == {}


TOKENS = {"chunks": [{"tokens": [1]}]}
SAMPLE = {"sampling_session_id": "s", "seq_id": 0, "prompt": TOKENS, "sampling_params": {}}
SAVE = {"model_id": "m", "path": "p", "seq_id": 1}


@pytest.mark.parametrize(
    ("body", "told", "defaults"),
    [
        (AdamParams, {}, {"learning_rate": 1e-4, "beta1": 0.9, "beta2": 0.95, "eps": 1e-12}),
        (settings.LoraConfig, {"rank": 4}, {"train_mlp": True, "train_attn": True, "train_unembed": True}),
        (protocol.LoadWeightsRequest, SAVE, {"optimizer": False}),
        (protocol.CreateFromStateRequest, {"session_id": "s", "model_seq_id": 0, "path": "p"}, {"optimizer": False}),
        (protocol.RetrieveFutureRequest, {"request_id": "r"}, {"allow_metadata_only": False}),
        (protocol.TryAgain, {"request_id": "r"}, {"queue_state": "active", "type": "try_again"}),
        (sampling.SamplingParams, {}, {"temperature": 1.0, "top_k": -1, "top_p": 1.0}),
        (
            sampling.SampleRequest,
            SAMPLE,
            {"num_samples": 1, "topk_prompt_logprobs": 0, "topk_sample_logprobs": 0, "prompt_alt_tokens_k": 0},
        ),
        (protocol.ModelDescription, {"model_name": "m"}, {"arch": "byte-transformer"}),
        (sessions.CreateSessionRequest, {}, {"tags": []}),
    ],
)
def test_what_an_sdk_leaves_out_means_what_the_sdks_mean(
    body: type[BaseModel], told: dict[str, object], defaults: dict[str, object]
) -> None:
    """The SDKs' own defaults (docs/reference/protocol.md §1); every other field that may be left out is null."""
    read = body.model_validate(told)
    said = {name: value for name, value in read.model_dump().items() if name not in told and value is not None}
    zero = {"weight_decay": 0.0, "grad_clip_norm": 0.0} if body is AdamParams else {}
    assert said == {**defaults, **zero}


@pytest.mark.parametrize(
    ("body", "told", "field", "least", "most"),
    [
        (AdamParams, {}, "learning_rate", 0.0, None),
        (AdamParams, {}, "eps", 0.0, None),
        (AdamParams, {}, "weight_decay", 0.0, None),
        (AdamParams, {}, "grad_clip_norm", 0.0, None),
        (AdamParams, {}, "beta1", 0.0, 0.999),
        (AdamParams, {}, "beta2", 0.0, 0.999),
        (settings.LoraConfig, {}, "rank", 0, 256),
        (sampling.SamplingParams, {}, "max_tokens", 1, None),
        (sampling.SamplingParams, {}, "temperature", 0.0, None),
        (sampling.SamplingParams, {}, "top_k", -1, None),
        (sampling.SamplingParams, {}, "top_p", 1e-9, 1.0),
        (sampling.SampleRequest, SAMPLE, "num_samples", 1, 1024),
        (sampling.SampleRequest, SAMPLE, "prompt_logprobs_last_n", 1, None),
        (sampling.SampleRequest, SAMPLE, "topk_prompt_logprobs", 0, None),
        (sampling.SampleRequest, SAMPLE, "topk_sample_logprobs", 0, None),
    ],
)
def test_a_number_has_the_bounds_within_which_it_means_something(
    body: type[BaseModel], told: dict[str, object], field: str, least: float, most: float | None
) -> None:
    """The bounds themselves are taken, and the next number beyond is refused by the name of the field."""
    step = 1 if isinstance(least, int) else 1e-9
    beyond = [least - step] if most is None else [least - step, most + (step if isinstance(most, int) else 0.001)]
    for value in [least] if most is None else [least, most]:
        assert getattr(body.model_validate({**told, field: value}), field) == value
    for value in beyond:
        with pytest.raises(ValidationError, match=field):
            body.model_validate({**told, field: value})
    if isinstance(least, float) and field == "temperature":
        with pytest.raises(ValidationError, match=field):
            body.model_validate({**told, field: float("inf")})


def test_a_tensor_made_here_says_its_kind_and_shape() -> None:
    """One dimension; a shape may be of more, and none of its sizes is negative."""
    assert TensorData.ints([3, 4]).model_dump() == {"data": [3, 4], "dtype": "int64", "shape": [2]}
    assert TensorData.floats([0.5]).model_dump() == {"data": [0.5], "dtype": "float32", "shape": [1]}
    assert TensorData(data=[1, 2], dtype="int64").shape is None
    assert TensorData(data=[], dtype="int64", shape=[2, 0]).shape == [2, 0]
    with pytest.raises(ValidationError, match="cannot hold"):
        TensorData(data=[1, 2], dtype="int64", shape=[-1, -2])


def test_a_request_keeps_what_it_does_not_know_and_an_answer_does_not() -> None:
    """The pod names the one in its refusal; a client skips what a later pod adds."""
    assert AdamParams.model_validate({"amsgrad": True}).model_extra == {"amsgrad": True}
    assert protocol.TryAgain.model_validate({"request_id": "r", "wait_s": 1}).model_extra is None
    with pytest.raises(ValidationError):
        settings.LoraConfig(rank=4).rank = 8  # type: ignore[misc]
