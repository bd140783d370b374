"""A table that replaces the whole day where a writer replaces some of its cities."""

from typing import Any

from gateway_sim.scenarios.search.mutations import Put, StoryGuard

part = "data"
guards = [StoryGuard("backfill-partitions", "no partition is lost")]


def break_it(put: Put) -> None:
    """Drop the city from the predicate."""
    # deltalake belongs to an extra
    from gateway_sim.control_plane.data.datasets import Snapshot

    replace = Snapshot.replace

    def widened(snapshot: Snapshot, rows: Any, part: str) -> None:
        replace(snapshot, rows, part.partition(" AND ")[0])

    put(Snapshot, "replace", widened)
