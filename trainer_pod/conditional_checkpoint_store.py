"""A checkpoint store whose markers are objects that can be written once, as in a bucket under a conditional put.

The complete state is written first, and the marker makes it a checkpoint. Of two commits of the same name one wins
(docs/reference/stories.md §3 f).
"""

import shutil
from pathlib import Path
from typing import Protocol

from gateway_sim.trainer_pod.checkpoint_paths import Purpose, written
from gateway_sim.trainer_pod.checkpoints import COMMIT, CheckpointStore, Commit, Kept, commit_of_marker, staged_at
from gateway_sim.trainer_pod.refusals import CheckpointRefused


class Markers(Protocol):
    """A store of markers, such as `gateway_sim.control_plane.data.buckets.Bucket`."""

    def put_once(self, key: str, body: bytes) -> bool:
        """Write an object unless the key has one; return whether it was written."""
        ...

    def get(self, key: str) -> bytes:
        """Return an object. Raises a `LookupError` where there is none."""
        ...

    def delete(self, key: str) -> None:
        """Let the key have no object."""
        ...

    def keys(self, prefix: str) -> list[str]:
        """Return the keys with this prefix, in order."""
        ...


class ConditionalCheckpointStore(CheckpointStore):
    """A `CheckpointStore` of one job whose markers are objects at `{account}/{job}/{purpose}/{name}/COMMIT`.

    A commit is final: a second commit of the name is refused, unless its marker is the same.
    """

    def __init__(self, markers: Markers, root: str, account: str, job: str, *, image: str = "") -> None:
        super().__init__(root, account, job, image=image)
        self._root = Path(root)
        self._markers = markers

    def names(self, job: str | None = None) -> list[str]:
        """Return the names of the committed training checkpoints of this job, or of another, in order."""
        prefix = f"{(self._account / (job or self._job) / 'weights').relative_to(self._root).as_posix()}/"
        return sorted(key.removeprefix(prefix).removesuffix(f"/{COMMIT}") for key in self._markers.keys(prefix))

    def stage(self, model: Kept, name: str, purpose: Purpose = "weights", *, overwrite: bool = True) -> Commit:
        """Write a model's state beside the name, and return the marker for `commit`; until then it is no checkpoint."""
        place = self._place(name, purpose)
        unnamed = staged_at(place).exists() and not place.exists()
        if unnamed and self._key(place) in self._markers.keys(self._key(place)):
            # its process died between the commit and the renaming
            staged_at(place).rename(place)
        return super().stage(model, name, purpose, overwrite=overwrite)

    def commit(self, name: str, commit: Commit, purpose: Purpose = "weights") -> str:
        """Put the marker of a staged state, give the state its name, and return its path. Raises `CheckpointRefused`.

        If the store has the same marker already, the commit is done.
        """
        place = self._place(name, purpose)
        body = commit.model_dump_json().encode()
        if self._markers.put_once(self._key(place), body):
            # it is a checkpoint now: a reader also looks beside the name
            shutil.rmtree(place, ignore_errors=True)
            staged_at(place).rename(place)
        elif self._markers.get(self._key(place)) == body:
            shutil.rmtree(staged_at(place), ignore_errors=True)
        else:
            raise CheckpointRefused(f"checkpoint {name!r} was committed by another process, with another state")
        return written(self._job, self._run, purpose, name)

    def remove(self, name: str, purpose: Purpose = "weights") -> None:
        """Remove a checkpoint; its marker goes first, so that no reader finds one of which a part is gone."""
        place = self._place(name, purpose)
        self._markers.delete(self._key(place))
        shutil.rmtree(place, ignore_errors=True)
        shutil.rmtree(staged_at(place), ignore_errors=True)

    def _committed(self, path: str) -> tuple[Path, Commit]:
        place = self._resolve(path)
        try:
            marker = self._markers.get(self._key(place))
        except LookupError:
            raise self._uncommitted(path, place) from None
        return place if place.exists() else staged_at(place), commit_of_marker(marker, path)

    def _key(self, place: Path) -> str:
        return f"{place.relative_to(self._root).as_posix()}/{COMMIT}"
