"""A pod that is told that it was replaced, and goes on."""

from __future__ import annotations

from scenarios.search.mutations import Guard, Put
from trainer_pod.pod import TrainerPod

part = "pod"
guards = [Guard("zombie-pod", "exactly-once", "not-found", "one writer per job incarnation")]


def break_it(put: Put) -> None:
    """Do not hear it."""

    async def deaf(self: TrainerPod) -> None:
        return None

    put(TrainerPod, "retire", deaf)
