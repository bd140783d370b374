"""A checkpoint store that gives a resumed run new optimizer moments."""

from gateway_sim.scenarios.search.mutations import Original, StoryGuard, replacing
from gateway_sim.trainer_pod.checkpoints import CheckpointStore
from gateway_sim.trainer_pod.engine import TrainingModel

part = "pod"
guards = [StoryGuard("zombie-writer", "an interruption leaves no trace in the weights")]


@replacing(CheckpointStore, "revive")
def break_it(revive: Original, self: CheckpointStore, path: str, device: str, *, with_optimizer: bool) -> TrainingModel:
    """Load the weights alone."""
    del with_optimizer
    model: TrainingModel = revive(self, path, device, with_optimizer=False)
    return model
