"""A checkpoint store that restores the weights into a model and leaves the optimizer's moments as they are."""

from gateway_sim.scenarios.search.mutations import Original, StoryGuard, replacing
from gateway_sim.trainer_pod.checkpoints import CheckpointStore, Kept

part = "pod"
guards = [
    StoryGuard("image-drift", "what serves is as good as it was"),
    StoryGuard("torn-checkpoint", "every run ends as if undisturbed"),
]


@replacing(CheckpointStore, "load")
def break_it(load: Original, self: CheckpointStore, model: Kept, path: str, *, with_optimizer: bool) -> None:
    """Load the weights alone."""
    del with_optimizer
    load(self, model, path, with_optimizer=False)
