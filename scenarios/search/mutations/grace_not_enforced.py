"""A cluster that waits for a preempted job until it has left by itself, however long its save takes."""

from gateway_sim.control_plane.scheduling.cluster import Cluster
from gateway_sim.scenarios.search.mutations import Put, StoryGuard

part = "scheduling"
guards = [
    StoryGuard(
        "backfill-starvation",
        "a preempted job leaves within its grace",
        settings={"saves_s": "60", "grace_s": "60", "past_s": "900"},
    )
]


def break_it(put: Put) -> None:
    """Let every save take longer than the cluster was told."""
    put(Cluster, "_leaves_s", property(lambda cluster: 2 * cluster._saves_s))
