"""Batches as the engine computes on them: rows of equal length, and one flat tensor for each field of the loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from trainer_pod.model import MAX_TOKENS, VOCABULARY
from trainer_pod.protocol import Datum
from trainer_pod.refusals import OperationRefused


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


def assemble(data: Sequence[Datum], needs: Sequence[str], device: str) -> Batch:
    """Build the batch; raises OperationRefused, naming example and field, for data that does not fit."""
    if not data:
        raise OperationRefused("data is empty: a batch needs at least one example")
    rows = [_checked_tokens(f"data[{n}].model_input", datum.model_input.tokens) for n, datum in enumerate(data)]
    targets = [
        _checked_tokens(f"data[{n}].loss_fn_inputs.target_tokens", [int(t) for t in _field(n, datum, "target_tokens")])
        for n, datum in enumerate(data)
    ]
    lengths = [len(row) for row in rows]
    longest = max(lengths)
    ragged = min(lengths) < longest
    inputs = {
        need: torch.tensor([v for n, datum in enumerate(data) for v in _field(n, datum, need)], dtype=torch.float32)
        for need in needs
    }
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


def _checked_tokens(place: str, tokens: list[int]) -> list[int]:
    if not 0 < len(tokens) <= MAX_TOKENS:
        raise OperationRefused(f"{place} has {len(tokens)} tokens; between 1 and {MAX_TOKENS} fit")
    if min(tokens) < 0 or max(tokens) >= VOCABULARY:
        raise OperationRefused(f"{place} holds a token outside 0..{VOCABULARY - 1}: tokens are bytes")
    return tokens
