"""A cluster that starts an evicted job again from its beginning."""

from gateway_sim.control_plane.scheduling.cluster import Cluster
from gateway_sim.control_plane.scheduling.work import Work
from gateway_sim.scenarios.search.mutations import Original, StoryGuard, replacing

part = "scheduling"
guards = [StoryGuard("backfill-starvation", "nothing is computed twice")]


@replacing(Cluster, "_evict")
def break_it(evict: Original, self: Cluster, work: Work, wanting: Work) -> None:
    """Evict as if no work could resume."""
    resumes, self._resumes = self._resumes, False
    evict(self, work, wanting)
    self._resumes = resumes
