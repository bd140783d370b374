"""An S3 bucket that replaces an object without checking that it still is the one that the writer read."""

from typing import Any

from gateway_sim.control_plane.data.buckets import Bucket
from gateway_sim.scenarios.search.mutations import StoryGuard, replacing

part = "data"
guards = [
    StoryGuard("zombie-writer", "an old writer changes nothing"),
    StoryGuard("zombie-writer", "a preemption costs at most one interval"),
]


@replacing(Bucket, "replace")
def break_it(replace: Any, bucket: Bucket, key: str, body: bytes, etag: str) -> str:
    """Put it in any case, and read the ETag of what was put."""
    bucket.put(key, body)
    return bucket.read(key)[1]
