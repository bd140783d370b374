"""A pod that does not check which job a request is for."""

from scenarios.search.mutations import Guard, Whole, replacing
from trainer_pod.pod import TrainerPod

part = "pod"
guards = [Guard("moved-pod", "plain", "leased-generation", "no pod takes another jobs request")]


@replacing(TrainerPod, "admit")
def break_it(_: Whole, self: TrainerPod, trainer: str | None) -> None:
    """Admit each request."""
    return
