"""How a model is adapted, and how a step moves its weights."""

from typing import Any

from pydantic import ConfigDict, Field

from gateway_sim.trainer_pod.protocol.tensors import Asked


class LoraConfig(Asked):
    """The trained parameters: adapters of `rank` on the named parts, or with rank 0 all."""

    model_config = ConfigDict(frozen=True)

    rank: int = Field(ge=0, le=256)
    train_mlp: bool = True
    train_attn: bool = True
    train_unembed: bool = True
    seed: int | None = None
    alpha: float | None = None


class AdamParams(Asked):
    """Settings of one AdamW step; weight decay is decoupled, and a `grad_clip_norm` of 0 does not clip.

    The norm of the whole gradient is always among the metrics: all that `emit_grad_norm_metrics` can get here.
    """

    learning_rate: float = Field(default=1e-4, ge=0)
    beta1: float = Field(default=0.9, ge=0, lt=1)
    beta2: float = Field(default=0.95, ge=0, lt=1)
    eps: float = Field(default=1e-12, ge=0)
    weight_decay: float = Field(default=0.0, ge=0)
    grad_clip_norm: float = Field(default=0.0, ge=0)
    emit_grad_norm_metrics: Any = None


class OptimizerConfig(Asked):
    """The family of optimizers that newer SDKs choose with a model; the pod has "adamw"."""

    type: str
