"""A checkpoint store that removes the newest checkpoint together with an older one."""

from gateway_sim.scenarios.search.mutations import Original, StoryGuard, replacing
from gateway_sim.trainer_pod.conditional_checkpoint_store import ConditionalCheckpointStore

part = "pod"
guards = [StoryGuard("preempt-resume", "a preemption costs at most one interval", settings={"keep_last": "1"})]


@replacing(ConditionalCheckpointStore, "remove")
def break_it(remove: Original, self: ConditionalCheckpointStore, name: str) -> None:
    """Remove every checkpoint of the job."""
    del name
    for each in self.names():
        remove(self, each)
