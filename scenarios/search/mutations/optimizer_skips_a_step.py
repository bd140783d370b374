"""A pod whose second optimizer step is counted and acknowledged, and does not move the weights."""

from collections.abc import Mapping
from typing import Any

from gateway_sim.scenarios.search.mutations import Guard, Original, replacing
from gateway_sim.trainer_pod.engine import TrainingModel
from gateway_sim.trainer_pod.protocol import AdamParams, OptimStepOutput

part = "pod"
guards = [Guard("healthy", "plain", "not-found", "the weights equal the undisturbed runs")]


@replacing(TrainingModel, "optim_step")
def break_it(step: Original, self: TrainingModel, adam_params: AdamParams | Mapping[str, Any], *more: Any) -> Any:
    """Skip one step."""
    if self.step != 1:
        return step(self, adam_params, *more)
    self.step += 1
    self._begin_accumulation()
    return OptimStepOutput(metrics={"step:max": 2.0})
