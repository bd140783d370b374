"""A gate that takes a plausible number of rows for the number that the producer declared."""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway_sim.control_plane.data import partitions
from gateway_sim.control_plane.data.partitions import Decision, Part, Wanted
from gateway_sim.scenarios.search.mutations import StoryGuard, replacing

part = "data"
guards = [
    StoryGuard("partial-partition", "models are trained on whole days"),
    StoryGuard("backfill-turns-green", "models are trained on whole days"),
]


@replacing(partitions, "declared")
def break_it(declared: Any, parts: Iterable[Part], wanted: Wanted, manifest: Mapping[int, int]) -> Decision:
    """Check the band of rows."""
    return partitions.complete(parts, wanted)
