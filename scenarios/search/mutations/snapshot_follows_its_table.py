"""A snapshot that reads the newest version of its table instead of its own."""

from typing import Any

from gateway_sim.scenarios.search.mutations import Put, StoryGuard

part = "data"
guards = [
    StoryGuard("partial-partition", "training reads the version that passed"),
    StoryGuard("partial-partition", "a model draws the clicks that its day allows", settings={"visits": "500"}),
]


def break_it(put: Put) -> None:
    """Bring the snapshot to the newest version before it reads."""
    # deltalake belongs to an extra
    from gateway_sim.control_plane.data.datasets import Snapshot

    rows = Snapshot.rows

    def newest(snapshot: Snapshot) -> Any:
        snapshot.table.update_incremental()
        return rows(snapshot)

    put(Snapshot, "rows", newest)
