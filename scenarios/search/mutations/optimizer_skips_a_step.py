"""A pod whose second optimizer step is counted and told, and leaves the weights where they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenarios.search.mutations import Guard, Put
from trainer_pod.engine import TrainingModel
from trainer_pod.protocol import AdamParams, OptimStepOutput

part = "pod"
guards = [Guard("healthy", "plain", "not-found", "the weights equal the undisturbed runs")]


def break_it(put: Put) -> None:
    """Skip one step."""
    step = TrainingModel.optim_step

    def skipping(self: TrainingModel, adam_params: AdamParams | Mapping[str, Any], *more: Any) -> OptimStepOutput:
        if self.step != 1:
            return step(self, adam_params, *more)
        self.step += 1
        self._begin_accumulation()
        return OptimStepOutput(metrics={"step:max": 2.0})

    put(TrainingModel, "optim_step", skipping)
