"""A consolidation that tries one layout for each node, the largest job first, and misses others."""

from gateway_sim.control_plane.scheduling import packing
from gateway_sim.scenarios.search.mutations import Put, StoryGuard

part = "scheduling"
guards = [StoryGuard("gpu-fragmentation", "no gpu idles while a job would fit")]


def break_it(put: Put) -> None:
    """Take the search that is meant for many nodes, without its second layout."""
    put(packing, "EXACT_NODES", 0)
    put(packing, "_first_fit", lambda claims, left: None)
