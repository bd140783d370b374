"""A Delta table that commits a replacement planned on an older version, whatever was written since."""

from typing import Any

from gateway_sim.scenarios.search.mutations import Put, StoryGuard

part = "data"
guards = [StoryGuard("backfill-partitions", "no update is lost")]


def break_it(put: Put) -> None:
    """Bring the snapshot to the newest version before it writes."""
    # deltalake belongs to an extra
    from gateway_sim.control_plane.data.datasets import Snapshot

    replace = Snapshot.replace

    def unchecked(snapshot: Snapshot, rows: Any, part: str) -> None:
        snapshot.table.update_incremental()
        replace(snapshot, rows, part)

    put(Snapshot, "replace", unchecked)
