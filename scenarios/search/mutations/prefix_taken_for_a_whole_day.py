"""A gate that passes a day once any of its hours has landed."""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway_sim.control_plane.data import partitions
from gateway_sim.control_plane.data.partitions import Decision, Part, Wanted
from gateway_sim.scenarios.search.mutations import StoryGuard, replacing

part = "data"
guards = [
    StoryGuard("partial-partition", "a model is as good as its day allows"),
    StoryGuard("backfill-turns-green", "a model is as good as its day allows"),
]


@replacing(partitions, "declared")
def break_it(declared: Any, parts: Iterable[Part], wanted: Wanted, manifest: Mapping[int, int]) -> Decision:
    """Look for the partition's prefix, as a sensor does."""
    return partitions.there(parts, wanted)
