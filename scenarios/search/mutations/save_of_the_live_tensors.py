"""A save beside training that writes the tensors as they are at its end, not a copy from its beginning."""

from gateway_sim.scenarios.orchestration.ports.checkpoints import MarkedCheckpoints
from gateway_sim.scenarios.search.mutations import Original, StoryGuard, replacing

part = "pod"
guards = [
    StoryGuard(
        "preempt-resume",
        "a preemption costs at most one interval",
        settings={"saving": "background", "save_every": "2", "save_s": "500", "first_preemption_s": "4200"},
    )
]


@replacing(MarkedCheckpoints, "finish")
def break_it(finish: Original, self: MarkedCheckpoints, step: int) -> None:
    """Write the tensors anew before the marker."""
    self._by_reference = True
    finish(self, step)
