"""Converts arguments, models or mappings, to JSON bodies, and answers to models of the protocol."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from gateway_sim.trainer_pod.protocol import AdamParams, Datum, ForwardBackwardOutput, TensorData

Json = dict[str, Any]
DatumLike = Datum | Mapping[str, Any]
"""A training example, as a model or as the JSON object of docs/reference/protocol.md §1.3."""
AdamParamsLike = AdamParams | Mapping[str, Any]
"""The optimizer's parameters, as a model or as a JSON object with any of its fields."""

M = TypeVar("M", bound=BaseModel)


def datum_body(datum: DatumLike) -> Json:
    """Return a datum as a JSON object; a mapping is copied unchanged."""
    return datum.model_dump(mode="json", exclude_none=True) if isinstance(datum, Datum) else dict(datum)


def adam_params_body(adam_params: AdamParamsLike) -> Json:
    """Return Adam's parameters as a JSON object without the unset ones, as the SDK f10 sends them."""
    # docs/reference/protocol.md §1
    return adam_params.model_dump(exclude_unset=True) if isinstance(adam_params, AdamParams) else dict(adam_params)


def reweighted(datum: DatumLike, weights: Sequence[float]) -> Json:
    """Return a datum with the same input and targets, and one float32 weight for each target token."""
    body = datum_body(datum)
    targets = body["loss_fn_inputs"]["target_tokens"]
    tensor = TensorData.floats(list(weights)).model_dump()
    return {"model_input": body["model_input"], "loss_fn_inputs": {"target_tokens": targets, "weights": tensor}}


def read(model: type[M], body: Json) -> M:
    """Read an answer as `model`; raises ValueError if it does not fit, as the SDKs do."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"this is no {model.__name__}: {place}: {first['msg']}") from error


def read_forward_backward(body: Json) -> ForwardBackwardOutput:
    """Read a forward or forward_backward result; raises ValueError for a metric that is not named "name:reduction".

    tinker splits each key at its one colon, and fails the same way when there is none
    (docs/reference/protocol.md §1.2).
    """
    result = read(ForwardBackwardOutput, body)
    odd = next((name for name in result.metrics if name.count(":") != 1), None)
    if odd is not None:
        raise ValueError(f"metric {odd!r} is not of the form name:reduction")
    return result
