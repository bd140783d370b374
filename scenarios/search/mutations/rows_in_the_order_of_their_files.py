"""A table that returns its rows in the order of its files, which depends on the order of the writers."""

from typing import Any

from gateway_sim.scenarios.search.mutations import Put, StoryGuard

part = "data"
guards = [StoryGuard("backfill-partitions", "the model is that of the true rows")]


def break_it(put: Put) -> None:
    """Read the files without sorting their rows."""
    # deltalake belongs to an extra
    from gateway_sim.control_plane.data.datasets import Snapshot

    def unsorted(snapshot: Snapshot) -> Any:
        return snapshot.table.to_pyarrow_table()

    put(Snapshot, "rows", unsorted)
