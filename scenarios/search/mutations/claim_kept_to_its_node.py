"""A scheduler whose job that waits for an eviction takes no GPUs that become free on another node."""

from gateway_sim.control_plane.scheduling.scheduler import Scheduler
from gateway_sim.scenarios.search.mutations import StoryGuard, returning

part = "scheduling"
guards = [
    StoryGuard(
        "backfill-starvation",
        "no gpu idles while a job would fit",
        settings={"saves_s": "600", "grace_s": "600"},
    )
]

break_it = returning(Scheduler, "_elsewhere", None)
