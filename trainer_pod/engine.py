"""The training engine: forward, forward_backward, optim_step, and the state that a checkpoint holds. Synchronous.

Deterministic on CPU: the same calls give the same bytes, on one kind of processor (docs/reference/costs.md §3).
"""

import hashlib
import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from gateway_sim.trainer_pod.adam import Adam
from gateway_sim.trainer_pod.batches import Batch, assemble, refuse_unread
from gateway_sim.trainer_pod.losses import loss_named, not_finite
from gateway_sim.trainer_pod.model import Transformer
from gateway_sim.trainer_pod.protocol import (
    AdamParams,
    Datum,
    ForwardBackwardOutput,
    LoraConfig,
    Normalization,
    OptimStepOutput,
    TensorData,
)
from gateway_sim.trainer_pod.refusals import OperationRefused

_OUTPUT_TYPE = "TokenLogprobs"


class DeviceMissing(ValueError):
    """There is no such device here; the message says which to take."""


def choose_device(wish: str = "auto") -> str:
    """Return the device to compute on: the named one, or with "auto" CUDA where there is one, else the CPU.

    Raises DeviceMissing for a device that is not here.
    """
    if wish.startswith("cuda") and not torch.cuda.is_available():
        raise DeviceMissing(f"device is {wish}, but torch sees no CUDA device here; take cpu, or auto")
    return wish if wish != "auto" else "cuda" if torch.cuda.is_available() else "cpu"


def settle_torch() -> None:
    """Make torch deterministic; the thread count applies to the calling thread."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(1)
    # `use_deterministic_algorithms` does the same, and imports torch's compiler for it
    torch.set_deterministic_debug_mode("error")
    # memory that an operation is about to write need not be filled first
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    # The fused attentions of CUDA add gradients in varying order; the CPU's does not.
    torch.backends.cuda.enable_flash_sdp(False)
    torch.backends.cuda.enable_mem_efficient_sdp(False)
    torch.backends.cuda.enable_cudnn_sdp(False)


def digest(weights: Tensor) -> str:
    """Return the sha256, in hex, over the bytes of a flat tensor."""
    return hashlib.sha256(weights.detach().cpu().numpy().tobytes()).hexdigest()


class TrainingModel:
    """One model in training. `step` counts optimizer steps, `accumulated` the forward_backwards since the last one.

    An operation that raises OperationRefused has changed nothing.
    """

    def __init__(self, base_model: str, lora_config: LoraConfig | Mapping[str, Any], device: str = "auto") -> None:
        settle_torch()
        self.base_model = base_model
        self.lora_config = LoraConfig.model_validate(lora_config)
        self.device = choose_device(device)
        self.step = 0
        self._network = Transformer(base_model, self.lora_config, self.device)
        self._begin_optimizer()
        self._begin_accumulation()

    def forward(
        self, data: Sequence[Datum], loss_fn: str, loss_fn_config: Mapping[str, float] | None = None
    ) -> ForwardBackwardOutput:
        """Return logprobs and loss of a batch, and leave no gradient."""
        settings = loss_fn_config or {}
        loss = loss_named(loss_fn, settings)
        batch = assemble(data, loss.needs, self.device, loss.defaults(settings), self._network.shape, wide=loss.wide)
        with torch.no_grad():
            logprobs = self._logprobs(batch)
            value = float(loss(logprobs, batch.inputs, settings))
            if not math.isfinite(value):
                raise OperationRefused(not_finite(loss_fn, logprobs, batch.inputs, settings, batch.lengths))
        return _output(batch, logprobs, value)

    def forward_backward(
        self, data: Sequence[Datum], loss_fn: str, loss_fn_config: Mapping[str, float] | None = None
    ) -> ForwardBackwardOutput:
        """Return logprobs and loss of a batch, and accumulate the loss's gradient.

        The loss is differentiated by the logprobs first, and the network by its weights second: so a cross_entropy
        with weights -dC/dlogprob is the same computation as the loss C itself (docs/reference/protocol.md §1.3).
        Fields that the loss does not read are refused; a `forward` for a custom loss may carry what its caller reads.
        """
        settings = loss_fn_config or {}
        loss = loss_named(loss_fn, settings)
        # a field that is missing is named before one that is too much: a batch of another loss has both
        batch = assemble(data, loss.needs, self.device, loss.defaults(settings), self._network.shape, wide=loss.wide)
        refuse_unread(data, loss_fn, (*loss.needs, *loss.optional))
        logprobs = self._logprobs(batch)
        seen = logprobs.detach().requires_grad_()
        value = loss(seen, batch.inputs, settings)
        told = float(value.detach())
        if not math.isfinite(told):
            raise OperationRefused(not_finite(loss_fn, seen.detach(), batch.inputs, settings, batch.lengths))
        (pull,) = torch.autograd.grad(value, seen)
        # `logprobs.backward(pull)` does the same, and imports sympy to compare two shapes
        torch.dot(logprobs, pull).backward()  # type: ignore[no-untyped-call]
        self._count(pull, batch)
        return _output(batch, seen.detach(), told)

    def optim_step(
        self,
        adam_params: AdamParams | Mapping[str, Any],
        grad_accumulation_normalization: Normalization | None = None,
    ) -> OptimStepOutput:
        """Move the weights by one AdamW step on the accumulated gradient, and start accumulating anew.

        The gradient is divided by the count that the normalization names, then clipped. With nothing accumulated it
        is zero, and the momentum still moves the weights (docs/reference/protocol.md §6).
        """
        adam = AdamParams.model_validate(adam_params)
        gradients = self._network.gradients
        divisor = self._divisor(grad_accumulation_normalization)
        if divisor > 1:
            gradients.div_(divisor)
        norm = float(gradients.norm())
        if 0 < adam.grad_clip_norm < norm:
            gradients.mul_(adam.grad_clip_norm / norm)
        betas = (adam.beta1, adam.beta2)
        self._adam.step(adam.learning_rate, betas=betas, eps=adam.eps, decay=adam.weight_decay, fused=True)
        self.step += 1
        metrics = {"step:max": float(self.step), "grad_norm:max": norm, "accumulated:sum": float(self.accumulated)}
        self._begin_accumulation()
        return OptimStepOutput(metrics=metrics)

    def weights_digest(self) -> str:
        """Return the sha256, in hex, over the bytes of the trainable tensors in name order."""
        return digest(self._network.weights)

    def weights(self) -> Tensor:
        """Return a copy of the trainable weights, flat."""
        return self._network.weights.detach().clone()

    def gradients(self) -> dict[str, Tensor]:
        """Return a copy of the accumulated gradients, by the name of the trainable tensor."""
        return {name: leaf.grad.clone() for name, leaf in self._network.trained.items() if leaf.grad is not None}

    def state(self) -> dict[str, Tensor]:
        """Return copies of the weights, both moments and the step, for a checkpoint; the accumulation is not saved."""
        return {
            "weights": self._network.weights.detach().clone(),
            "exp_avg": self._adam.exp_avg[0].clone(),
            "exp_avg_sq": self._adam.exp_avg_sq[0].clone(),
            "optimizer_steps": self._adam.steps[0].clone(),
            "step": torch.tensor(self.step),
        }

    def restore(self, state: Mapping[str, Tensor], *, with_optimizer: bool) -> None:
        """Load a saved state and drop the accumulation; without the optimizer the moments start anew."""
        with torch.no_grad():
            self._network.weights.copy_(state["weights"])
        self._begin_optimizer()
        if with_optimizer:
            self._adam.exp_avg[0].copy_(state["exp_avg"])
            self._adam.exp_avg_sq[0].copy_(state["exp_avg_sq"])
            self._adam.steps[0].copy_(state["optimizer_steps"])
        self.step = int(state["step"])
        self._begin_accumulation()

    def _logprobs(self, batch: Batch) -> Tensor:
        return batch.without_padding(self._network.target_logprobs(batch.tokens, batch.targets))

    def _begin_optimizer(self) -> None:
        self._network.weights.grad = self._network.gradients
        self._adam = Adam([self._network.weights])

    def _begin_accumulation(self) -> None:
        self._network.gradients.zero_()
        self.accumulated = 0
        self._loss_tokens = 0
        self._loss_sequences = 0

    def _count(self, pull: Tensor, batch: Batch) -> None:
        """Count the divisors of the normalizations: tokens with a gradient, and sequences with such a token."""
        reached = pull != 0
        of_tokens = reached if batch.width is None else reached.reshape(-1, batch.width).any(dim=1)
        self._loss_tokens += int(of_tokens.sum())
        self._loss_sequences += sum(bool(row.any()) for row in torch.split(reached, batch.lengths))
        self.accumulated += 1

    def _divisor(self, normalization: Normalization | None) -> int:
        match normalization:
            case "num_loss_tokens":
                return self._loss_tokens
            case "num_sequences":
                return self._loss_sequences
            case "none" | None:
                return 1
        raise OperationRefused(f"there is no grad_accumulation_normalization {normalization!r}")


def _output(batch: Batch, logprobs: Tensor, loss: float) -> ForwardBackwardOutput:
    """Return the result of a batch: one list of logprobs an example, and the raw sum of the loss."""
    values: list[float] = logprobs.tolist()
    outputs: list[dict[str, TensorData]] = []
    start = 0
    for length in batch.lengths:
        logprobs_of = TensorData.floats(values[start : start + length])
        if batch.width is not None:
            logprobs_of.shape = [length // batch.width, batch.width]
        outputs.append({"logprobs": logprobs_of})
        start += length
    metrics = {"loss:sum": loss, "tokens:sum": float(len(values) // (batch.width or 1))}
    return ForwardBackwardOutput(loss_fn_output_type=_OUTPUT_TYPE, loss_fn_outputs=outputs, metrics=metrics)
