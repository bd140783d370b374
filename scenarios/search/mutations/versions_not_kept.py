"""A table and a bucket that answer with their newest version, whichever version is asked for."""

from typing import Any

from gateway_sim.control_plane.data.buckets import Bucket
from gateway_sim.scenarios.search.mutations import Put, StoryGuard

part = "data"
guards = [StoryGuard("audit-replay", "a replay reads the rows of its run")]


def break_it(put: Put) -> None:
    """Open the newest version of the table, and read the newest object."""
    # deltalake belongs to an extra
    from gateway_sim.control_plane.data.datasets import Dataset

    opened, got = Dataset.open, Bucket.get

    def newest(dataset: Dataset, version: int | None = None) -> Any:
        return opened(dataset)

    def latest(bucket: Bucket, key: str, version: str | None = None) -> bytes:
        return got(bucket, key)

    put(Dataset, "open", newest)
    put(Bucket, "get", latest)
