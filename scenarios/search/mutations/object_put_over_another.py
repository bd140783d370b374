"""An S3 bucket that writes an object where the key has one already, and says that it had none."""

from gateway_sim.control_plane.data.buckets import Bucket
from gateway_sim.scenarios.search.mutations import Put, StoryGuard

part = "data"
guards = [
    StoryGuard("overwritten-artifact", "an artifact is stored once"),
    StoryGuard("overwritten-artifact", "every run keeps the model it evaluated"),
]


def break_it(put: Put) -> None:
    """Drop `If-None-Match`."""

    def over(bucket: Bucket, key: str, body: bytes) -> bool:
        bucket.put(key, body)
        return True

    put(Bucket, "put_once", over)
