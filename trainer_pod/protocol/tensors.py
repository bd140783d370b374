"""The training example as it travels: tokens in, tensors for the loss beside them (docs/reference/protocol.md §1.3)."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

Dtype = Literal["int64", "float32"]


class Wire(BaseModel):
    """A JSON body; unknown keys are ignored, and NaN and Infinity travel as Python writes them.

    See docs/reference/protocol.md §1.
    """

    model_config = ConfigDict(extra="ignore", ser_json_inf_nan="constants", protected_namespaces=())


class Asked(Wire):
    """A part of a request: what it does not declare is kept, so that the pod can refuse it by name."""

    model_config = ConfigDict(extra="allow")


class TensorData(Asked):
    """A tensor as a flat list in row-major order; without a `shape` it is one-dimensional."""

    data: list[int] | list[float]
    dtype: Dtype
    shape: list[int] | None = None

    @model_validator(mode="after")
    def _shape_holds_the_values(self) -> TensorData:
        shape = self.shape
        if shape is not None and (any(size < 0 for size in shape) or math.prod(shape) != len(self.data)):
            raise ValueError(f"a tensor of shape {self.shape} cannot hold {len(self.data)} values")
        return self

    @classmethod
    def ints(cls, values: list[int]) -> TensorData:
        """Return a one-dimensional int64 tensor."""
        return cls(data=values, dtype="int64", shape=[len(values)])

    @classmethod
    def floats(cls, values: list[float]) -> TensorData:
        """Return a one-dimensional float32 tensor."""
        return cls(data=values, dtype="float32", shape=[len(values)])


class EncodedTextChunk(Asked):
    """A run of tokens; older SDKs send it without its `type`."""

    type: Literal["encoded_text"] = "encoded_text"
    tokens: list[int]


class ModelInput(Asked):
    """What the model reads: its chunks, one after another."""

    chunks: list[EncodedTextChunk]

    @property
    def tokens(self) -> list[int]:
        """The tokens of all chunks in order, shape (N,)."""
        return self.chunks[0].tokens if len(self.chunks) == 1 else [t for chunk in self.chunks for t in chunk.tokens]


def _by_name(tensors: dict[str, TensorData]) -> dict[str, TensorData]:
    """Order by name: a map has no order on the wire, and a resent body must read the same."""
    return dict(sorted(tensors.items()))


class Datum(Asked):
    """One sequence and everything its loss needs: position i of the input predicts position i of `target_tokens`."""

    model_input: ModelInput
    loss_fn_inputs: Annotated[dict[str, TensorData], AfterValidator(_by_name)]
