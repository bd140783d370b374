"""A scheduler that gives the GPUs on which a preempted job still saves to another job."""

from gateway_sim.control_plane.scheduling.preempting import UnderWay
from gateway_sim.scenarios.search.mutations import StoryGuard, returning

part = "scheduling"
guards = [
    StoryGuard(
        "backfill-starvation",
        "no node holds more than it has",
        settings={"saves_s": "600", "grace_s": "600"},
    )
]

break_it = returning(UnderWay, "hold", None)
