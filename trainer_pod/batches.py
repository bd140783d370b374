"""Batches as the engine computes on them: rows of equal length, and one flat tensor for each field of the loss."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gateway_sim.trainer_pod.model_shape import BYTES, Shape
from gateway_sim.trainer_pod.protocol import Datum
from gateway_sim.trainer_pod.refusals import OperationRefused

_LARGEST = torch.finfo(torch.float32).max


@dataclass(frozen=True)
class Batch:
    """`tokens` and `targets` (rows, longest) int64, padded at the right; `inputs` flat over the true tokens.

    `lengths` are the true lengths; `kept` picks the true tokens out of the padded ones, None when none is padding.
    """

    tokens: Tensor
    targets: Tensor
    inputs: dict[str, Tensor]
    lengths: list[int]
    kept: Tensor | None

    def without_padding(self, padded: Tensor) -> Tensor:
        """Return the true tokens' part of a tensor of shape (rows * longest,)."""
        return padded if self.kept is None else padded[self.kept]


def assemble(
    data: Sequence[Datum],
    needs: Sequence[str],
    device: str,
    optional: Mapping[str, float] | None = None,
    shape: Shape = Shape(),  # noqa: B008 - it is frozen
) -> Batch:
    """Build the batch for a model of this shape.

    Raises OperationRefused, naming example and field, for data that does not fit.

    `inputs` has the fields of `needs`, and those of `optional` that an example has, with this value for the others.
    """
    if not data:
        raise OperationRefused("data is empty: a batch needs at least one example")
    rows = [checked_tokens(f"data[{n}].model_input", datum.model_input.tokens, shape) for n, datum in enumerate(data)]
    targets = [
        checked_tokens(
            f"data[{n}].loss_fn_inputs.target_tokens", [int(t) for t in _field(n, datum, "target_tokens")], shape
        )
        for n, datum in enumerate(data)
    ]
    lengths = [len(row) for row in rows]
    longest = max(lengths)
    ragged = min(lengths) < longest
    inputs = {
        need: torch.tensor([v for n, datum in enumerate(data) for v in _field(n, datum, need)], dtype=torch.float32)
        for need in needs
    }
    for name, default in (optional or {}).items():
        if any(name in datum.loss_fn_inputs for datum in data):
            inputs[name] = torch.tensor(_filled(data, name, default), dtype=torch.float32)
    for name, tensor in inputs.items():
        if not bool(torch.isfinite(tensor).all()):
            raise _not_finite(data, name)
    kept = torch.arange(longest) < torch.tensor(lengths)[:, None] if ragged else None
    return Batch(
        torch.tensor([_padded(row, longest) for row in rows]).to(device),
        torch.tensor([_padded(row, longest) for row in targets]).to(device),
        {name: tensor.to(device) for name, tensor in inputs.items()},
        lengths,
        None if kept is None else kept.reshape(-1).to(device),
    )


def _padded(row: list[int], length: int) -> list[int]:
    return row + [0] * (length - len(row))


def _filled(data: Sequence[Datum], name: str, default: float) -> list[float]:
    return [
        value
        for n, datum in enumerate(data)
        for value in (
            _field(n, datum, name) if name in datum.loss_fn_inputs else [default] * len(datum.model_input.tokens)
        )
    ]


def _not_finite(data: Sequence[Datum], name: str) -> OperationRefused:
    """Return the refusal of the first value of a field that is no number, or too large for float32."""
    having = ((n, datum.loss_fn_inputs[name].data) for n, datum in enumerate(data) if name in datum.loss_fn_inputs)
    values = ((n, at, value) for n, row in having for at, value in enumerate(row))
    n, at, value = next(found for found in values if not abs(found[2]) <= _LARGEST)
    return OperationRefused(f"data[{n}].loss_fn_inputs.{name}[{at}] is {value!r}, which is no finite float32")


def refuse_unread(data: Sequence[Datum], loss_fn: str, read: Collection[str]) -> None:
    """Raise OperationRefused for a field of the loss's inputs that the loss does not read."""
    for n, datum in enumerate(data):
        for name in datum.loss_fn_inputs:
            if name not in read and name != "target_tokens":
                raise OperationRefused(
                    f"data[{n}].loss_fn_inputs.{name} is not understood: the loss {loss_fn!r} reads target_tokens, "
                    f"{', '.join(read)}"
                )


def _field(index: int, datum: Datum, name: str) -> Sequence[float]:
    """Return a field of one example, one value a token."""
    tensor = datum.loss_fn_inputs.get(name)
    place = f"data[{index}].loss_fn_inputs.{name}"
    if tensor is None:
        raise OperationRefused(f"{place} is missing: this loss needs it")
    length = len(datum.model_input.tokens)
    if len(tensor.data) != length or (tensor.shape is not None and len(tensor.shape) != 1):
        shape = tensor.shape if tensor.shape is not None else [len(tensor.data)]
        raise OperationRefused(f"{place} has shape {shape}, but the input has {length} tokens")
    return tensor.data


def checked_tokens(place: str, tokens: list[int], shape: Shape) -> list[int]:
    """Return the tokens, if a model of this shape can read them. Raises OperationRefused, which names their place."""
    if not 0 < len(tokens) <= shape.context:
        raise OperationRefused(f"{place} has {len(tokens)} tokens; between 1 and {shape.context} fit")
    if min(tokens) < 0 or max(tokens) >= shape.vocabulary:
        why = "tokens are bytes" if shape.vocabulary == BYTES else "the base model's name says its vocabulary"
        raise OperationRefused(f"{place} holds a token outside 0..{shape.vocabulary - 1}: {why}")
    return tokens
