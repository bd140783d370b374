"""A Delta table that adds the rows of a replacement and keeps those that it should replace."""

from typing import Any

from gateway_sim.scenarios.search.mutations import Put, StoryGuard

part = "data"
guards = [
    StoryGuard("backfill-partitions", "no row is counted twice"),
    StoryGuard("manual-backfill", "no row is counted twice", settings={"days": "8"}),
]


def break_it(put: Put) -> None:
    """Append instead."""
    # deltalake belongs to an extra
    from gateway_sim.control_plane.data.datasets import Snapshot

    def added(snapshot: Snapshot, rows: Any, part: str) -> None:
        snapshot.append(rows)

    put(Snapshot, "replace", added)
