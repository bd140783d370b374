"""A pod that was replaced and trains on."""

from scenarios.search.mutations import Guard, Whole, replacing
from trainer_pod.pod import TrainerPod

part = "pod"
guards = [Guard("zombie-pod", "exactly-once", "not-found", "one writer per job incarnation")]


@replacing(TrainerPod, "retire")
async def break_it(_: Whole, self: TrainerPod) -> None:
    """Ignore the order to retire."""
    return
