"""Adam over leaves that hold their own gradients: torch's arithmetic, and its state as plain lists.

The classes of `torch.optim` import torch's compiler when the first of them is made, which takes a process as long as
torch itself; their functions do not.
"""

from collections.abc import Iterable
from typing import Final

import torch
from torch import Tensor
from torch.optim.adam import adam
from torch.optim.adamw import adamw

BETAS: Final = (0.9, 0.999)
EPS: Final = 1e-8


class Adam:
    """The state of an optimizer over some leaves: both moments of each, and how many steps each has taken."""

    def __init__(self, leaves: Iterable[Tensor]) -> None:
        self._leaves = list(leaves)
        self.exp_avg = [torch.zeros_like(leaf) for leaf in self._leaves]
        self.exp_avg_sq = [torch.zeros_like(leaf) for leaf in self._leaves]
        self.steps = [torch.zeros((), device=leaf.device) for leaf in self._leaves]

    @torch.no_grad()
    def step(
        self,
        learning_rate: float,
        *,
        betas: tuple[float, float] = BETAS,
        eps: float = EPS,
        decay: float | None = None,
        fused: bool = False,
    ) -> None:
        """Move every leaf by its gradient; `decay` shrinks the weights apart from the gradient, as AdamW does."""
        (adam if decay is None else adamw)(
            self._leaves,
            [_gradient(leaf) for leaf in self._leaves],
            self.exp_avg,
            self.exp_avg_sq,
            [],
            self.steps,
            fused=fused,
            amsgrad=False,
            beta1=betas[0],
            beta2=betas[1],
            lr=learning_rate,
            weight_decay=decay or 0.0,
            eps=eps,
            maximize=False,
        )


def _gradient(leaf: Tensor) -> Tensor:
    """Return a leaf's gradient; if one were left out, its neighbour's would be used for it."""
    if leaf.grad is None:
        raise RuntimeError(f"a tensor of shape {tuple(leaf.shape)} has no gradient to be moved by; call backward first")
    return leaf.grad
