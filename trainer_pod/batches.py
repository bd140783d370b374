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
    """`tokens` and `targets` (rows, longest) int64, padded at the right; `inputs` flat over the true targets.

    With several targets a token, their number is `width`, and `targets` has the shape (rows, longest, width). `lengths`
    are the true numbers of targets; `kept` picks the true ones out of the padded ones, None when none is padding.
    """

    tokens: Tensor
    targets: Tensor
    inputs: dict[str, Tensor]
    lengths: list[int]
    kept: Tensor | None
    width: int | None = None

    def without_padding(self, padded: Tensor) -> Tensor:
        """Return the true targets' part of a flat tensor over the padded ones."""
        return padded if self.kept is None else padded[self.kept]


def assemble(
    data: Sequence[Datum],
    needs: Sequence[str],
    device: str,
    optional: Mapping[str, float] | None = None,
    shape: Shape = Shape(),  # noqa: B008 - it is frozen
    *,
    wide: bool = False,
) -> Batch:
    """Build the batch for a model of this shape.

    Raises OperationRefused, naming example and field, for data that does not fit.

    `inputs` has the fields of `needs`, and those of `optional` that an example has, with this value for the others. A
    `wide` loss takes several targets a token, the same number in all examples.
    """
    if not data:
        raise OperationRefused("data is empty: a batch needs at least one example")
    rows = [checked_tokens(f"data[{n}].model_input", datum.model_input.tokens, shape) for n, datum in enumerate(data)]
    width = _width(data, wide=wide)
    each = width or 1
    targets = [
        _checked_ids(
            f"data[{n}].loss_fn_inputs.target_tokens", [int(t) for t in _field(n, datum, "target_tokens", width)], shape
        )
        for n, datum in enumerate(data)
    ]
    lengths = [len(row) for row in rows]
    longest = max(lengths)
    ragged = min(lengths) < longest
    inputs = {
        need: torch.tensor(
            [v for n, datum in enumerate(data) for v in _field(n, datum, need, width)], dtype=torch.float32
        )
        for need in needs
    }
    for name, default in (optional or {}).items():
        if any(name in datum.loss_fn_inputs for datum in data):
            inputs[name] = torch.tensor(_filled(data, name, default, width), dtype=torch.float32)
    for name, tensor in inputs.items():
        if not bool(torch.isfinite(tensor).all()):
            raise _not_finite(data, name)
    kept = torch.arange(longest * each) < torch.tensor(lengths)[:, None] * each if ragged else None
    wanted = torch.tensor([_padded(row, longest * each) for row in targets])
    return Batch(
        torch.tensor([_padded(row, longest) for row in rows]).to(device),
        (wanted if width is None else wanted.reshape(len(rows), longest, width)).to(device),
        {name: tensor.to(device) for name, tensor in inputs.items()},
        [length * each for length in lengths],
        None if kept is None else kept.reshape(-1).to(device),
        width,
    )


def _padded(row: list[int], length: int) -> list[int]:
    return row + [0] * (length - len(row))


def _width(data: Sequence[Datum], *, wide: bool) -> int | None:
    """Return the number of targets a token of two-dimensional targets; None for one target a token."""
    width: int | None = None
    for n, datum in enumerate(data):
        tensor = datum.loss_fn_inputs.get("target_tokens")
        own = tensor.shape[1] if tensor is not None and tensor.shape is not None and len(tensor.shape) == 2 else None
        place = f"data[{n}].loss_fn_inputs.target_tokens"
        if own == 0:
            raise OperationRefused(f"{place} has no target for any token")
        if own is not None and not wide:
            raise OperationRefused(f"{place} has several targets a token; of the losses only cross_entropy takes these")
        if n and own != width:
            raise OperationRefused(
                f"{place} has {own or 1} targets a token, data[0] has {width or 1}: send two batches"
            )
        width = own
    return width


def _filled(data: Sequence[Datum], name: str, default: float, width: int | None) -> list[float]:
    return [
        value
        for n, datum in enumerate(data)
        for value in (
            _field(n, datum, name, width)
            if name in datum.loss_fn_inputs
            else [default] * len(datum.model_input.tokens) * (width or 1)
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


def _field(index: int, datum: Datum, name: str, width: int | None) -> Sequence[float]:
    """Return a field of one example, one value a target."""
    tensor = datum.loss_fn_inputs.get(name)
    place = f"data[{index}].loss_fn_inputs.{name}"
    if tensor is None:
        raise OperationRefused(f"{place} is missing: this loss needs it")
    length = len(datum.model_input.tokens)
    shape = tensor.shape if tensor.shape is not None else [len(tensor.data)]
    if shape != ([length] if width is None else [length, width]):
        a_token = "" if width is None else f", each with {width} targets"
        raise OperationRefused(f"{place} has shape {shape}, but the input has {length} tokens{a_token}")
    return tensor.data


def checked_tokens(place: str, tokens: list[int], shape: Shape) -> list[int]:
    """Return the tokens, if a model of this shape can read them. Raises OperationRefused, which names their place."""
    if not 0 < len(tokens) <= shape.context:
        raise OperationRefused(f"{place} has {len(tokens)} tokens; between 1 and {shape.context} fit")
    return _checked_ids(place, tokens, shape)


def _checked_ids(place: str, tokens: list[int], shape: Shape) -> list[int]:
    if min(tokens, default=0) < 0 or max(tokens, default=0) >= shape.vocabulary:
        why = "tokens are bytes" if shape.vocabulary == BYTES else "the base model's name says its vocabulary"
        raise OperationRefused(f"{place} holds a token outside 0..{shape.vocabulary - 1}: {why}")
    return tokens
