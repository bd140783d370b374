"""A scheduler that takes all GPUs of a job where a part of them is claimed."""

from gateway_sim.control_plane.scheduling.preempting import Preempting
from gateway_sim.scenarios.search.mutations import StoryGuard, returning

part = "scheduling"
guards = [
    StoryGuard(
        "backfill-starvation",
        "no gpu is given up to idle",
        settings={"backfill_gpus": "8", "reclaims": "part", "exact_runs": "24"},
    )
]
break_it = returning(Preempting, "kept", 0)
