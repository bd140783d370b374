"""A consolidation that starts a job on a node before the last of the jobs that must move has left it."""

from typing import Any

from gateway_sim.control_plane.scheduling import scheduler
from gateway_sim.control_plane.scheduling.packing import Layout
from gateway_sim.scenarios.search.mutations import StoryGuard, replacing

part = "scheduling"
guards = [StoryGuard("gpu-fragmentation", "no node holds more than it has")]


@replacing(scheduler, "repacked")
def break_it(repacked: Any, layout: Layout, job: str, gpus: int) -> Any:
    """Leave the last move out."""
    found = repacked(layout, job, gpus)
    return found and (found[0], found[1][:-1])
