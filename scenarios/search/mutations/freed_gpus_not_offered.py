"""A cluster that offers the GPUs of a job that has ended to no job that waits."""

from gateway_sim.control_plane.scheduling.cluster import Cluster
from gateway_sim.control_plane.scheduling.work import Work
from gateway_sim.scenarios.search.mutations import Original, StoryGuard, replacing

part = "scheduling"
guards = [StoryGuard("gpu-fragmentation", "the story ends"), StoryGuard("backfill-starvation", "the story ends")]


@replacing(Cluster, "_end")
def break_it(end: Original, self: Cluster, work: Work) -> None:
    """End a job without a decision after it."""
    decide, self._decide = self._decide, lambda: None  # type: ignore[method-assign]
    end(self, work)
    self._decide = decide  # type: ignore[method-assign]
