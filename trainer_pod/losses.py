"""tinker's losses over log-probabilities of the target tokens: raw sums, never means (PROTOCOL §1.3).

A loss gets one flat tensor a field: the tokens of all examples in order. Definitions: tinker's page on losses.
To add one, write a function of (logprobs, inputs, settings) and enter it in `LOSSES` with the fields that it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from trainer_pod.refusals import OperationRefused

Inputs = Mapping[str, Tensor]
Settings = Mapping[str, float]


def _cross_entropy(logprobs: Tensor, inputs: Inputs, _: Settings) -> Tensor:
    return -(logprobs * inputs["weights"]).sum()


def _ratio(logprobs: Tensor, inputs: Inputs) -> Tensor:
    """Return each token's probability over that at which it was sampled."""
    return torch.exp(logprobs - inputs["logprobs"])


def _clipped(ratio: Tensor, settings: Settings) -> Tensor:
    return ratio.clamp(settings["clip_low_threshold"], settings["clip_high_threshold"])


def _importance_sampling(logprobs: Tensor, inputs: Inputs, _: Settings) -> Tensor:
    return -(_ratio(logprobs, inputs) * inputs["advantages"]).sum()


def _ppo(logprobs: Tensor, inputs: Inputs, settings: Settings) -> Tensor:
    ratio = _ratio(logprobs, inputs)
    gains = inputs["advantages"]
    return -torch.minimum(ratio * gains, _clipped(ratio, settings) * gains).sum()


def _cispo(logprobs: Tensor, inputs: Inputs, settings: Settings) -> Tensor:
    coefficient = _clipped(_ratio(logprobs.detach(), inputs), settings)
    return -(coefficient * logprobs * inputs["advantages"]).sum()


def _dro(logprobs: Tensor, inputs: Inputs, settings: Settings) -> Tensor:
    drift = logprobs - inputs["logprobs"]
    return -(logprobs * inputs["advantages"] - 0.5 * settings["beta"] * drift * drift).sum()


@dataclass(frozen=True)
class Loss:
    """A loss: the fields of `loss_fn_inputs` it needs beside target_tokens, its settings with defaults, its formula."""

    needs: tuple[str, ...]
    settings: Settings
    formula: Callable[[Tensor, Inputs, Settings], Tensor]

    def __call__(self, logprobs: Tensor, inputs: Inputs, settings: Settings) -> Tensor:
        """Return the scalar loss of `logprobs` of shape (N,), with every field of `inputs` of shape (N,)."""
        return self.formula(logprobs, inputs, {**self.settings, **settings})


_POLICY = ("logprobs", "advantages")
_CLIP = {"clip_low_threshold": 0.8, "clip_high_threshold": 1.2}

LOSSES: Mapping[str, Loss] = {
    "cross_entropy": Loss(("weights",), {}, _cross_entropy),
    "importance_sampling": Loss(_POLICY, {}, _importance_sampling),
    "ppo": Loss(_POLICY, _CLIP, _ppo),
    "cispo": Loss(_POLICY, _CLIP, _cispo),
    "dro": Loss(_POLICY, {"beta": 0.05}, _dro),
}


def loss_named(name: str, settings: Settings) -> Loss:
    """Return the loss; raises OperationRefused for an unknown name or setting."""
    loss = LOSSES.get(name)
    if loss is None:
        raise OperationRefused(f"there is no loss {name!r}; there are {', '.join(LOSSES)}")
    for setting in settings:
        if setting not in loss.settings:
            known = ", ".join(loss.settings) or "none"
            raise OperationRefused(f"the loss {name!r} has no setting {setting!r}; its settings: {known}")
    return loss
