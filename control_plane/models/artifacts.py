"""The artifacts of a pipeline's runs in an S3 bucket: one path for each run, written once.

A path without the run's name belongs to every run. A path with it still belongs to every attempt of the run, one that
froze and woke included, unless the put is conditional (docs/reference/stories.md §3 a).
"""

from gateway_sim.control_plane.data.buckets import Bucket


class Artifacts:
    """The artifacts of one pipeline; `by_run`: each run has its own path; `once`: an artifact is never replaced."""

    def __init__(self, bucket: Bucket, pipeline: str, *, by_run: bool = True, once: bool = True) -> None:
        self._bucket = bucket
        self._pipeline = pipeline
        self._by_run = by_run
        self._once = once

    def path(self, run: str) -> str:
        """Return the key of a run's artifact."""
        return f"{self._pipeline}/{run}/model" if self._by_run else f"{self._pipeline}/model"

    def store(self, run: str, body: bytes) -> bool:
        """Write a run's artifact; False where there is one already, which stays: read it instead."""
        if self._once:
            return self._bucket.put_once(self.path(run), body)
        self._bucket.put(self.path(run), body)
        return True

    def load(self, run: str) -> bytes:
        """Return what is stored at the path of a run. Raises `NoSuchObject`."""
        return self._bucket.get(self.path(run))
