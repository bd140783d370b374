"""The protobuf messages of the wire, described in words and built at import (field numbers: PROTOCOL §1.3).

A field is "number name type", with "repeated", "map" (from string) or "in ONEOF" where that applies. Only names inside
this file are ours: what travels are the numbers.
"""

from __future__ import annotations

from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE: Final = "gateway_sim_wire"
_Field = descriptor_pb2.FieldDescriptorProto

FLOAT32, INT64, INT32, BFLOAT16 = 1, 2, 3, 4
"""The numbers of the tensor types; 0 is unspecified."""

_LAYOUTS: Final[dict[str, tuple[str, ...]]] = {
    "EncodedText": ("1 tokens bytes",),
    "Opaque": (),
    "Chunk": ("1 encoded_text EncodedText in chunk", "2 image Opaque in chunk", "3 dmel Opaque in chunk"),
    "SparseCsr": ("1 values bytes", "2 crow_indices bytes", "3 col_indices bytes"),
    "Tensor": (
        "1 dense bytes in encoding", "2 sparse_csr SparseCsr in encoding", "3 dtype int32", "4 shape repeated int64",
    ),
    "Datum": ("1 model_input repeated Chunk", "2 loss_fn_inputs map Tensor"),
    "LossConfigValue": ("1 number double in value", "2 text string in value"),
    "ForwardBackwardRequest": (
        "1 model_id string", "2 seq_id int32", "3 data repeated Datum", "4 loss_fn string",
        "5 loss_fn_config map double", "6 forward_only bool", "7 loss_fn_config_v2 map LossConfigValue",
    ),
    "BatchedTensor": ("1 data bytes", "2 offsets bytes", "3 dtype int32", "4 trailing_shape repeated int64"),
    "ArrayRecord": ("1 type_tag string", "2 fields map BatchedTensor", "3 num_datums int64"),
    "ForwardBackwardOutput": (
        "1 loss_fn_output_type string", "2 loss_fn_outputs repeated ArrayRecord", "3 metrics map double",
    ),
}  # fmt: skip
"""An enum travels as an int32 does, so the tensor type is one; an image is known and not read."""

_SCALARS: Final = {
    "bytes": _Field.TYPE_BYTES,
    "string": _Field.TYPE_STRING,
    "int32": _Field.TYPE_INT32,
    "int64": _Field.TYPE_INT64,
    "bool": _Field.TYPE_BOOL,
    "double": _Field.TYPE_DOUBLE,
}


def _describe(into: descriptor_pb2.DescriptorProto, words: str) -> None:
    """Add the field that `words` describe to a message."""
    number, name, *rest = words.split()
    field = into.field.add(name=name, number=int(number), label=_Field.LABEL_OPTIONAL)
    match rest:
        case ["map", kind]:
            entry = into.nested_type.add(name=f"{name.title().replace('_', '')}Entry")
            entry.options.map_entry = True
            _describe(entry, "1 key string")
            _describe(entry, f"2 value {kind}")
            field.label = _Field.LABEL_REPEATED
            field.type = _Field.TYPE_MESSAGE
            field.type_name = f".{_PACKAGE}.{into.name}.{entry.name}"
            return
        case ["repeated", kind]:
            field.label = _Field.LABEL_REPEATED
        case [kind, "in", choice]:
            if choice not in (known := [oneof.name for oneof in into.oneof_decl]):
                into.oneof_decl.add(name=choice)
                known.append(choice)
            field.oneof_index = known.index(choice)
        case [kind]:
            pass
        case _:
            raise ValueError(f"cannot read the field {words!r}")
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    else:
        field.type = _Field.TYPE_MESSAGE
        field.type_name = f".{_PACKAGE}.{kind}"


def _build() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name=f"{_PACKAGE}.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _LAYOUTS.items():
        message = file.message_type.add(name=name)
        for words in fields:
            _describe(message, words)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in _LAYOUTS
    }


_CLASSES: Final = _build()

ForwardBackwardRequestMessage: Final[Any] = _CLASSES["ForwardBackwardRequest"]
ForwardBackwardOutputMessage: Final[Any] = _CLASSES["ForwardBackwardOutput"]
