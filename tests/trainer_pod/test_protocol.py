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
