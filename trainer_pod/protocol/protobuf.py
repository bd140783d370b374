"""Between protobuf bytes and the models of `messages`: what tinker 0.38 sends and reads (PROTOCOL §1.3)."""

from __future__ import annotations

import array
import itertools
import math
import sys
from typing import Any, Final

from google.protobuf.message import DecodeError
from pydantic import ValidationError

from trainer_pod.protocol.layouts import (
    BFLOAT16,
    FLOAT32,
    INT32,
    INT64,
    ForwardBackwardOutputMessage,
    ForwardBackwardRequestMessage,
)
from trainer_pod.protocol.messages import (
    ForwardBackwardInput,
    ForwardBackwardOutput,
    ForwardBackwardRequest,
    ForwardRequest,
)
from trainer_pod.protocol.tensors import Datum, Dtype, EncodedTextChunk, ModelInput, TensorData

CONTENT_TYPE: Final = "application/x-protobuf"

_CODES: Final = {FLOAT32: "f", INT64: "q", INT32: "i", BFLOAT16: "H"}
_WRITTEN: Final = {"float32": FLOAT32, "int64": INT64}


class Unreadable(ValueError):
    """The bytes are no such message; the text names the place, as "data.0.loss_fn_inputs.weights: ..."."""


def read_forward_backward_request(body: bytes) -> ForwardBackwardRequest | ForwardRequest:
    """Read a forward_backward body; with `forward_only` set it is a forward. Raises `Unreadable`."""
    message = ForwardBackwardRequestMessage()
    try:
        message.ParseFromString(body)
    except DecodeError as broken:
        raise Unreadable(f"the body: no ForwardBackwardRequest: {broken}") from broken
    if not message.model_id:
        raise Unreadable("model_id: it is missing")
    try:
        batch = ForwardBackwardInput(
            data=[_datum(f"data.{n}", datum) for n, datum in enumerate(message.data)],
            loss_fn=message.loss_fn,
            loss_fn_config=_loss_config(message),
        )
    except ValidationError as unfit:
        first = unfit.errors(include_url=False, include_input=False, include_context=False)[0]
        raise Unreadable(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from unfit
    if message.forward_only:
        return ForwardRequest(forward_input=batch, model_id=message.model_id, seq_id=message.seq_id)
    return ForwardBackwardRequest(forward_backward_input=batch, model_id=message.model_id, seq_id=message.seq_id)


def write_forward_backward_output(output: ForwardBackwardOutput) -> bytes:
    """Write a result as one record: each field's values of all examples, one after another, and where each begins."""
    message = ForwardBackwardOutputMessage(loss_fn_output_type=output.loss_fn_output_type)
    for name, value in output.metrics.items():
        message.metrics[name] = value
    outputs = output.loss_fn_outputs
    record = message.loss_fn_outputs.add(type_tag=output.loss_fn_output_type, num_datums=len(outputs))
    for name in outputs[0] if outputs else ():
        tensors = [fields[name] for fields in outputs]
        kind = _WRITTEN[tensors[0].dtype]
        values = array.array(_CODES[kind], itertools.chain.from_iterable(tensor.data for tensor in tensors))
        ends = itertools.accumulate((len(tensor.data) * values.itemsize for tensor in tensors), initial=0)
        field = record.fields[name]
        field.data, field.offsets, field.dtype = _bytes(values), _bytes(array.array("q", ends)), kind
    encoded: bytes = message.SerializeToString()
    return encoded


def _datum(place: str, message: Any) -> Datum:
    chunks = []
    for n, chunk in enumerate(message.model_input):
        if chunk.WhichOneof("chunk") != "encoded_text":
            kind = chunk.WhichOneof("chunk") or "nothing"
            raise Unreadable(f"{place}.model_input.chunks.{n}: {kind}, where only encoded_text can be read")
        tokens = _numbers(f"{place}.model_input.chunks.{n}.tokens", INT32, chunk.encoded_text.tokens)
        chunks.append(EncodedTextChunk(tokens=tokens))
    inputs = {
        name: _tensor(f"{place}.loss_fn_inputs.{name}", tensor) for name, tensor in message.loss_fn_inputs.items()
    }
    return Datum(model_input=ModelInput(chunks=chunks), loss_fn_inputs=inputs)


def _tensor(place: str, message: Any) -> TensorData:
    dtype: Dtype = "int64" if message.dtype in (INT64, INT32) else "float32"
    encoding, shape = message.WhichOneof("encoding"), list(message.shape)
    if encoding == "dense":
        values = _numbers(place, message.dtype, message.dense)
    elif encoding == "sparse_csr":
        values = _dense(place, message, shape)
    else:
        raise Unreadable(f"{place}: it holds neither dense nor sparse values")
    if shape and math.prod(shape) != len(values):
        raise Unreadable(f"{place}: a tensor of shape {shape} cannot hold {len(values)} values")
    return TensorData(data=values, dtype=dtype, shape=shape or None)


def _dense(place: str, message: Any, shape: list[int]) -> list[Any]:
    """Write a two-dimensional sparse tensor out, row by row."""
    sparse = message.sparse_csr
    values = _numbers(place, message.dtype, sparse.values)
    starts, columns = (_numbers(place, INT64, part) for part in (sparse.crow_indices, sparse.col_indices))
    whole = len(shape) == 2 and len(starts) == shape[0] + 1 and len(values) == len(columns) == starts[-1]
    if not whole or starts[0] != 0 or starts != sorted(starts) or not all(0 <= c < shape[1] for c in columns):
        raise Unreadable(f"{place}: the parts of its sparse rows do not fit each other")
    rows: list[Any] = [0] * math.prod(shape)
    for row, (start, end) in enumerate(itertools.pairwise(starts)):
        for at in range(start, end):
            rows[row * shape[1] + columns[at]] = values[at]
    return rows


def _numbers(place: str, kind: int, content: bytes) -> list[Any]:
    code = _CODES.get(kind)
    if code is None:
        raise Unreadable(f"{place}: there is no tensor type {kind}")
    values = array.array(code)
    try:
        values.frombytes(content)
    except ValueError:
        raise Unreadable(
            f"{place}: {len(content)} bytes are no whole number of {values.itemsize}-byte values"
        ) from None
    if sys.byteorder == "big":
        values.byteswap()
    if kind != BFLOAT16:
        return values.tolist()
    # a bfloat16 is the upper half of a float32
    wide = array.array("f")
    wide.frombytes(array.array("I", (value << 16 for value in values)).tobytes())
    return wide.tolist()


def _bytes(values: array.array[Any]) -> bytes:
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


def _loss_config(message: Any) -> dict[str, float] | None:
    config = dict(message.loss_fn_config)
    for name, value in message.loss_fn_config_v2.items():
        if value.WhichOneof("value") == "text":
            raise Unreadable(f"loss_fn_config.{name}: {value.text!r} is text; the losses here take numbers")
        config[name] = value.number
    return dict(sorted(config.items())) or None
