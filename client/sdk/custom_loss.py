"""Turns the caller's own loss into weights of a cross entropy. Imports torch: load it late.

The pod's cross entropy is minus the sum of logprob times weight. With weights of minus dC/dlogprob its gradient is that
of the loss C, so the pod need not know C (docs/reference/protocol.md §1.3).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

CustomLoss = Callable[[Sequence[Any], list[torch.Tensor]], tuple[torch.Tensor, Mapping[str, float]]]
"""(data, logprobs: one 1-D float32 tensor a datum) -> (a scalar with a gradient, metrics)."""


def weights_of(
    loss: CustomLoss, data: Sequence[Any], logprobs: Sequence[Sequence[float]]
) -> tuple[list[list[float]], dict[str, float]]:
    """Return minus dC/dlogprob for each token of each datum, and the metrics that the loss reports.

    Raises ValueError when the loss does not depend on the logprobs of some datum, as tinker does.
    """
    leaves = [torch.tensor(list(values), dtype=torch.float32, requires_grad=True) for values in logprobs]
    value, metrics = loss(data, leaves)
    torch.autograd.backward(value)
    weights: list[list[float]] = []
    for position, leaf in enumerate(leaves):
        if leaf.grad is None:
            raise ValueError(f"the loss does not depend on the logprobs of datum {position}")
        weights.append((-leaf.grad).tolist())
    return weights, dict(metrics)
