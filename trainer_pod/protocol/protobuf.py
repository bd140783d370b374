"""The protobuf bodies of newer SDKs, package `tinker_public`, proto3 (docs/reference/protocol.md §1.3).

Only the messages of training and sampling are declared, field by field in `_MESSAGES`; other fields are skipped when
read, as in any proto3 reader.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from gateway_sim.trainer_pod.protocol import (
    Datum,
    EncodedTextChunk,
    ForwardBackwardInput,
    ForwardBackwardOutput,
    ForwardBackwardRequest,
    ForwardRequest,
    ModelInput,
    TensorData,
)
from gateway_sim.trainer_pod.protocol.sampling import SampleOutput, Top

CONTENT_TYPE = "application/x-protobuf"
MOST_UNFOLDED = 16 * 1024 * 1024
"""The most values of a body's sparse tensors, written out, so that a small body cannot unpack without end."""

_Field = descriptor_pb2.FieldDescriptorProto
_PACKAGE = "tinker_public"
_DTYPES: dict[int, np.dtype[Any]] = {1: np.dtype("<f4"), 2: np.dtype("<i8"), 3: np.dtype("<i4")}
"""The numbers of the tensor types that training uses: float32, int64, int32."""
_STOP_REASONS = {"stop": 0, "length": 1}
_NO_TOKEN = (0, -99999.0)
_BFLOAT16 = 4
"""The upper half of a float32."""

_MESSAGES: dict[str, list[tuple[str, int, str]]] = {
    "ForwardBackwardRequest": [
        ("model_id", 1, "string"), ("seq_id", 2, "int32"), ("data", 3, "repeated Datum"), ("loss_fn", 4, "string"),
        ("loss_fn_config", 5, "map double"), ("forward_only", 6, "bool"),
        ("loss_fn_config_v2", 7, "map LossConfigValue"),
    ],
    "LossConfigValue": [("number", 1, "double"), ("text", 2, "string")],
    "Datum": [
        ("model_input", 1, "repeated Chunk"), ("loss_fn_inputs", 2, "map Tensor"),
        ("model_input_spans", 3, "repeated ProvenanceSpan"), ("loss_fn_input_spans", 4, "repeated ProvenanceSpan"),
    ],
    "ProvenanceSpan": [],
    "Chunk": [("encoded_text", 1, "EncodedTextChunk")],
    "EncodedTextChunk": [("tokens", 1, "bytes")],
    "Tensor": [
        ("dense", 1, "bytes"), ("sparse_csr", 2, "SparseCsr"), ("dtype", 3, "int32"), ("shape", 4, "repeated int64"),
    ],
    "SparseCsr": [("values", 1, "bytes"), ("crow_indices", 2, "bytes"), ("col_indices", 3, "bytes")],
    "ForwardBackwardOutput": [
        ("loss_fn_output_type", 1, "string"), ("loss_fn_outputs", 2, "repeated ArrayRecord"),
        ("metrics", 3, "map double"),
    ],
    "SampleResponse": [
        ("sequences", 1, "repeated SampledSequence"), ("prompt_logprobs", 2, "bytes"),
        ("topk_prompt_logprobs", 3, "TopkLogprobs"), ("prompt_cache_hit_tokens", 4, "int32"),
    ],
    "SampledSequence": [
        ("stop_reason", 1, "int32"), ("tokens", 2, "bytes"), ("logprobs", 3, "bytes"),
        ("topk_sampled_logprobs", 4, "TopkLogprobs"),
    ],
    "TopkLogprobs": [("token_ids", 1, "bytes"), ("logprobs", 2, "bytes"), ("k", 3, "int32"), ("length", 4, "int32")],
    "ArrayRecord": [("type_tag", 1, "string"), ("fields", 2, "map BatchedTensor"), ("num_datums", 3, "int64")],
    "BatchedTensor": [
        ("data", 1, "bytes"), ("offsets", 2, "bytes"), ("dtype", 3, "int32"), ("trailing_shape", 4, "repeated int64"),
    ],
}  # fmt: skip
_SCALARS = {
    "string": _Field.TYPE_STRING, "bytes": _Field.TYPE_BYTES, "bool": _Field.TYPE_BOOL, "double": _Field.TYPE_DOUBLE,
    "int32": _Field.TYPE_INT32, "int64": _Field.TYPE_INT64,
}  # fmt: skip


class BadBody(ValueError):
    """The bytes are not such a message; the text says why."""


def read_request(body: bytes) -> ForwardBackwardRequest | ForwardRequest:
    """Read a forward_backward body, or with `forward_only` a forward. Raises `BadBody`, or pydantic's error."""
    message = message_class("ForwardBackwardRequest")()
    try:
        message.ParseFromString(body)
    except DecodeError as error:
        raise BadBody("the body is not a tinker_public.ForwardBackwardRequest") from error
    if not message.model_id:
        raise BadBody("model_id: the field is missing")
    config: dict[str, float | str | bool] = dict(message.loss_fn_config)
    config |= {name: value.text or value.number for name, value in message.loss_fn_config_v2.items()}
    room = Room(MOST_UNFOLDED)
    batch = ForwardBackwardInput(
        data=[_datum(n, datum, room) for n, datum in enumerate(message.data)],
        loss_fn=message.loss_fn,
        loss_fn_config=config or None,
    )
    if message.forward_only:
        return ForwardRequest(forward_input=batch, model_id=message.model_id, seq_id=message.seq_id)
    return ForwardBackwardRequest(forward_backward_input=batch, model_id=message.model_id, seq_id=message.seq_id)


def write_output(output: ForwardBackwardOutput) -> bytes:
    """Return a result as a ForwardBackwardOutput: the tensors of all examples one after another, with byte offsets."""
    message = message_class("ForwardBackwardOutput")(loss_fn_output_type=output.loss_fn_output_type)
    message.metrics.update(output.metrics)
    record = message.loss_fn_outputs.add(type_tag=output.loss_fn_output_type, num_datums=len(output.loss_fn_outputs))
    for name in output.loss_fn_outputs[0] if output.loss_fn_outputs else ():
        tensors = [fields[name] for fields in output.loss_fn_outputs]
        number = 1 if tensors[0].dtype == "float32" else 2
        pieces = [np.asarray(tensor.data, dtype=_DTYPES[number]).tobytes() for tensor in tensors]
        offsets = np.cumsum([0, *(len(piece) for piece in pieces)], dtype="<i8").tobytes()
        record.fields[name].data = b"".join(pieces)
        record.fields[name].offsets = offsets
        record.fields[name].dtype = number
        record.fields[name].trailing_shape.extend((tensors[0].shape or [0])[1:])
    encoded: bytes = message.SerializeToString(deterministic=True)
    return encoded


def write_samples(output: SampleOutput) -> bytes:
    """Return a result as a SampleResponse; a token of the prompt that was not scored has the logprob NaN."""
    message = message_class("SampleResponse")()
    for sequence in output.sequences:
        written = message.sequences.add(stop_reason=_STOP_REASONS[sequence.stop_reason])
        written.tokens = np.asarray(sequence.tokens, dtype="<i4").tobytes()
        written.logprobs = np.asarray(sequence.logprobs, dtype="<f4").tobytes()
        if sequence.topk_logprobs is not None:
            _write_top(written.topk_sampled_logprobs, sequence.topk_logprobs)
    if output.prompt_logprobs is not None:
        message.prompt_logprobs = np.asarray(
            [math.nan if value is None else value for value in output.prompt_logprobs], dtype="<f4"
        ).tobytes()
    if output.topk_prompt_logprobs is not None:
        _write_top(message.topk_prompt_logprobs, output.topk_prompt_logprobs)
    encoded: bytes = message.SerializeToString(deterministic=True)
    return encoded


def _write_top(message: Any, positions: Sequence[Top | None]) -> None:
    """Write the most probable tokens of each position as two matrices; `_NO_TOKEN` fills a position without any."""
    width = max((len(top) for top in positions if top), default=0)
    rows = [top or [_NO_TOKEN] * width for top in positions]
    message.token_ids = np.asarray([[token for token, _ in row] for row in rows], dtype="<i4").tobytes()
    message.logprobs = np.asarray([[logprob for _, logprob in row] for row in rows], dtype="<f4").tobytes()
    message.k, message.length = width, len(rows)


_SPANS = ("model_input_spans", "loss_fn_input_spans")
"""Where the tokens of an example were sampled: the pod keeps no record of that, and refuses them by name."""


def _datum(index: int, datum: Any, room: Room) -> Datum:
    chunks = []
    for chunk in datum.model_input:
        if not chunk.HasField("encoded_text"):
            raise BadBody(f"data[{index}].model_input: only encoded text can be trained on here")
        chunks.append(EncodedTextChunk(tokens=_values(f"data[{index}].model_input", chunk.encoded_text.tokens, 3)))
    inputs = {
        name: _tensor(f"data[{index}].loss_fn_inputs.{name}", tensor, room)
        for name, tensor in datum.loss_fn_inputs.items()
    }
    unread = {name: f"{len(getattr(datum, name))} spans" for name in _SPANS if getattr(datum, name)}
    return Datum(model_input=ModelInput(chunks=chunks), loss_fn_inputs=inputs, **unread)


def _tensor(place: str, tensor: Any, room: Room) -> TensorData:
    if tensor.dtype not in (*_DTYPES, _BFLOAT16):
        raise BadBody(f"{place}: dtype {tensor.dtype} is none of float32, int64, int32, bfloat16")
    shape = list(tensor.shape)
    if any(size < 0 for size in shape):
        raise BadBody(f"{place}: shape {shape} has a negative size")
    if tensor.HasField("sparse_csr"):
        values = _sparse(place, tensor, room)
    else:
        values = _values(place, tensor.dense, tensor.dtype)
    dtype = "float32" if tensor.dtype in (1, _BFLOAT16) else "int64"
    if shape and math.prod(shape) != len(values):
        raise BadBody(f"{place}: a tensor of shape {shape} cannot hold {len(values)} values")
    return TensorData.model_validate({"data": values, "dtype": dtype, "shape": shape or [len(values)]})


def _sparse(place: str, tensor: Any, room: Room) -> list[Any]:
    """Return the dense values, row by row, of a compressed sparse row tensor of two dimensions."""
    sparse, shape = tensor.sparse_csr, list(tensor.shape)
    row_ends = _values(place, sparse.crow_indices, 2)
    column_of = _values(place, sparse.col_indices, 2)
    values = _values(place, sparse.values, tensor.dtype)
    if not _fits(shape, row_ends, column_of, len(values)):
        raise BadBody(f"{place}: the sparse indices do not fit shape {shape}")
    room.take(place, math.prod(shape))
    dense = np.zeros(shape, dtype=_DTYPES.get(tensor.dtype, np.dtype("<f4")))
    for row in range(shape[0]):
        for at in range(row_ends[row], row_ends[row + 1]):
            dense[row, column_of[at]] = values[at]
    flat: list[Any] = dense.reshape(-1).tolist()
    return flat


def _fits(shape: list[int], row_ends: list[int], column_of: list[int], values: int) -> bool:
    """Return whether the indices cover every value once, row by row, and stay within the shape."""
    if len(shape) != 2 or len(row_ends) != shape[0] + 1 or len(column_of) != values:
        return False
    climbs = row_ends[0] == 0 and row_ends[-1] == values and all(a <= b for a, b in pairwise(row_ends))
    return climbs and all(0 <= column < shape[1] for column in column_of)


class Room:
    """The number of values that the sparse tensors of one body may still unpack to."""

    def __init__(self, values: int) -> None:
        self._left = values

    def take(self, place: str, values: int) -> None:
        """Use up `values` of them. Raises `BadBody` when fewer are left."""
        if values > self._left:
            raise BadBody(f"{place}: {values} values are more than a body's sparse tensors may unfold to")
        self._left -= values


def _values(place: str, data: bytes, dtype: int) -> list[Any]:
    kind = np.dtype("<u2") if dtype == _BFLOAT16 else _DTYPES[dtype]
    if len(data) % kind.itemsize:
        raise BadBody(f"{place}: {len(data)} bytes are no whole number of {kind.name} values")
    read = np.frombuffer(data, dtype=kind)
    if dtype == _BFLOAT16:
        read = (read.astype("<u4") << 16).view("<f4")
    values: list[Any] = read.tolist()
    return values


@lru_cache(maxsize=1)
def _pool() -> descriptor_pool.DescriptorPool:
    """Return a pool of descriptors, built from `_MESSAGES`."""
    file = descriptor_pb2.FileDescriptorProto(name="tinker_public.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        _declare(file.message_type.add(name=name), fields)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


def message_class(name: str) -> Any:
    """Return the generated class of a message of `_MESSAGES`."""
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"{_PACKAGE}.{name}"))


def _declare(message: descriptor_pb2.DescriptorProto, fields: Sequence[tuple[str, int, str]]) -> None:
    for name, number, kind in fields:
        how, _, of = kind.rpartition(" ")
        if how == "map":
            entry = message.nested_type.add(name="".join(part.capitalize() for part in name.split("_")) + "Entry")
            entry.options.map_entry = True
            _declare(entry, [("key", 1, "string"), ("value", 2, of)])
            kind_name, how = f"{message.name}.{entry.name}", "repeated"
        else:
            kind_name = of
        field = message.field.add(name=name, number=number)
        field.label = _Field.LABEL_REPEATED if how == "repeated" else _Field.LABEL_OPTIONAL
        if kind_name in _SCALARS:
            field.type = _SCALARS[kind_name]
        else:
            field.type, field.type_name = _Field.TYPE_MESSAGE, f".{_PACKAGE}.{kind_name}"
