"""A pod without torch, for timed races: steps are counted, nothing is computed."""

import contextlib
from collections.abc import Iterator
from typing import Any

from gateway_sim.trainer_pod import model_worker
from gateway_sim.trainer_pod.protocol import ForwardBackwardOutput, LoraConfig, OptimStepOutput

PLACE = "TrainingModel"
"""The name by which a pod's worker makes its model."""


class NoModel:
    """Answers as a model in training does, with no weights."""

    def __init__(self, base_model: str, lora_config: Any, device: str = "auto") -> None:
        self.base_model = base_model
        self.lora_config = LoraConfig.model_validate(lora_config)
        self.device = "none"
        self.step = 0
        self.accumulated = 0

    def forward_backward(self, *asked: Any) -> ForwardBackwardOutput:
        """Count a batch."""
        self.accumulated += 1
        return ForwardBackwardOutput(loss_fn_output_type="TokenLogprobs", loss_fn_outputs=[], metrics={"loss:sum": 0.0})

    forward = forward_backward

    def optim_step(self, *asked: Any) -> OptimStepOutput:
        """Count a step."""
        self.step, self.accumulated = self.step + 1, 0
        return OptimStepOutput(metrics={"step:max": float(self.step)})

    def weights_digest(self) -> str:
        """There is nothing to digest."""
        return "none"


@contextlib.contextmanager
def without_torch() -> Iterator[None]:
    """Let pods train nothing."""
    model = getattr(model_worker, PLACE)
    setattr(model_worker, PLACE, NoModel)
    try:
        yield
    finally:
        setattr(model_worker, PLACE, model)
