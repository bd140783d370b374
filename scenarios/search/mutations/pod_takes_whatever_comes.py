"""A pod that does not look for whom a request is."""

from __future__ import annotations

from scenarios.search.mutations import Guard, Put
from trainer_pod.pod import TrainerPod

part = "pod"
guards = [Guard("moved-pod", "plain", "leased-generation", "no pod takes another jobs request")]


def break_it(put: Put) -> None:
    """Admit everybody."""

    def welcome(self: TrainerPod, trainer: str | None) -> None:
        return None

    put(TrainerPod, "admit", welcome)
