"""tinker's losses over log-probabilities of the target tokens: raw sums, never means (docs/reference/protocol.md §1.3).

A loss gets one flat tensor a field: the tokens of all examples in order. Definitions: tinker's page on losses.
To add one, write a function of (logprobs, inputs, settings) and enter it in `LOSSES` with the fields that it needs.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from gateway_sim.trainer_pod.refusals import OperationRefused

Inputs = Mapping[str, Tensor]
Settings = Mapping[str, float]
_CLIP = {"clip_low_threshold": 0.8, "clip_high_threshold": 1.2}


def _cross_entropy(logprobs: Tensor, inputs: Inputs, _: Settings) -> Tensor:
    weights = inputs.get("weights")
    return -(logprobs if weights is None else logprobs * weights).sum()


def _ratio(logprobs: Tensor, inputs: Inputs) -> Tensor:
    """Return each token's probability over that at which it was sampled."""
    return torch.exp(logprobs - inputs["logprobs"])


def _clipped(ratio: Tensor, inputs: Inputs, settings: Settings) -> Tensor:
    """Clip by the settings, or where an example has thresholds of its own for each token, by those."""
    low, high = settings["clip_low_threshold"], settings["clip_high_threshold"]
    if not inputs.keys() & _CLIP.keys():
        return ratio.clamp(low, high)
    lows = inputs.get("clip_low_threshold", torch.full_like(ratio, low))
    return ratio.clamp(lows, inputs.get("clip_high_threshold", torch.full_like(ratio, high)))


def _importance_sampling(logprobs: Tensor, inputs: Inputs, _: Settings) -> Tensor:
    return -(_ratio(logprobs, inputs) * inputs["advantages"]).sum()


def _ppo(logprobs: Tensor, inputs: Inputs, settings: Settings) -> Tensor:
    ratio = _ratio(logprobs, inputs)
    gains = inputs["advantages"]
    return -torch.minimum(ratio * gains, _clipped(ratio, inputs, settings) * gains).sum()


def _cispo(logprobs: Tensor, inputs: Inputs, settings: Settings) -> Tensor:
    coefficient = _clipped(_ratio(logprobs.detach(), inputs), inputs, settings)
    return -(coefficient * logprobs * inputs["advantages"]).sum()


def _dro(logprobs: Tensor, inputs: Inputs, settings: Settings) -> Tensor:
    drift = logprobs - inputs["logprobs"]
    return -(logprobs * inputs["advantages"] - 0.5 * settings["beta"] * drift * drift).sum()


@dataclass(frozen=True)
class Loss:
    """A loss: the fields of `loss_fn_inputs` it needs beside target_tokens, its settings with defaults, its formula.

    `optional` are further fields, with the value of a token whose example lacks the field. A setting whose name is
    among them is that value. A `wide` loss takes target_tokens of shape (N, K) too, and then its fields likewise: the
    sum over K weighted targets a token, as a distillation from a teacher's K most probable tokens needs it.
    """

    needs: tuple[str, ...]
    settings: Settings
    formula: Callable[[Tensor, Inputs, Settings], Tensor]
    optional: Settings = field(default_factory=dict)
    wide: bool = False

    def __call__(self, logprobs: Tensor, inputs: Inputs, settings: Settings) -> Tensor:
        """Return the scalar loss of `logprobs` of shape (N,), with every field of `inputs` of shape (N,)."""
        return self.formula(logprobs, inputs, {**self.settings, **settings})

    def defaults(self, settings: Settings) -> Settings:
        """Return the optional fields, each with the value of a token whose example lacks it."""
        return {name: settings.get(name, default) for name, default in self.optional.items()}


_POLICY = ("logprobs", "advantages")

LOSSES: Mapping[str, Loss] = {
    "cross_entropy": Loss((), {}, _cross_entropy, {"weights": 1.0}, wide=True),
    "importance_sampling": Loss(_POLICY, {}, _importance_sampling),
    "ppo": Loss(_POLICY, _CLIP, _ppo, _CLIP),
    "cispo": Loss(_POLICY, _CLIP, _cispo, _CLIP),
    "dro": Loss(_POLICY, {"beta": 0.05}, _dro),
}


UNDEFINED = ("dapo", "dppo", "gspo", "reinforce", "stable_reinforce")
"""Names that SDKs have for losses of their services, whose formulas neither they nor their documentation define."""


def loss_named(name: str, settings: Settings) -> Loss:
    """Return the loss; raises OperationRefused for an unknown name or setting."""
    loss = LOSSES.get(name)
    if name in UNDEFINED:
        raise OperationRefused(
            f"the loss {name!r} is not computed here: the SDKs name it and define no formula for it; "
            "forward_backward_custom takes a formula of your own"
        )
    if loss is None:
        raise OperationRefused(
            f"there is no loss {name!r}; there are {', '.join(LOSSES)}, and forward_backward_custom takes your own"
        )
    for setting in settings:
        if setting not in loss.settings:
            known = ", ".join(loss.settings) or "none"
            raise OperationRefused(f"the loss {name!r} has no setting {setting!r}; its settings: {known}")
    return loss


def not_finite(name: str, logprobs: Tensor, inputs: Inputs, settings: Settings, lengths: Sequence[int]) -> str:
    """Return a sentence that names the first example whose loss is no finite number."""
    start = 0
    for n, length in enumerate(lengths):
        of_example = slice(start, start + length)
        own = logprobs[of_example]
        value = float(LOSSES[name](own, {field: tensor[of_example] for field, tensor in inputs.items()}, settings))
        if not math.isfinite(value):
            if not bool(torch.isfinite(own).all()):
                return f"data[{n}]: the model's log-probabilities are not finite: its weights have diverged"
            span = f"the model's log-probabilities are from {float(own.min()):g} to {float(own.max()):g}"
            return f"data[{n}]: the loss {name!r} is {value}; {span}, those in its loss_fn_inputs are too far from them"
        start += length
    return f"the loss {name!r} of the whole batch is not finite, though that of each example is"
