"""A consolidation that packs all jobs anew instead of moving the fewest GPUs."""

from typing import Any

from gateway_sim.control_plane.scheduling import packing, scheduler
from gateway_sim.control_plane.scheduling.packing import Layout
from gateway_sim.scenarios.search.mutations import StoryGuard, replacing

part = "scheduling"
guards = [StoryGuard("gpu-fragmentation", "every move is needed")]


@replacing(scheduler, "repacked")
def break_it(repacked: Any, layout: Layout, job: str, gpus: int) -> Any:
    """Take the layout from scratch where there is one."""
    return packing.packed_anew(layout, job, gpus) or repacked(layout, job, gpus)
