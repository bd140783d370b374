"""The name `latest` of a job's checkpoints, which only the job's newest writer may move.

A writer that froze may wake after its successor has begun, and finish its save. Whatever it checked before it froze is
out of date then, so its write itself must be conditional: on the ETag of its own last write. A successor takes over by
a write, which changes the ETag (docs/reference/stories.md §3 f).
"""

import json
from dataclasses import dataclass
from typing import Protocol


class Objects(Protocol):
    """A store of objects with conditional writes, such as `gateway_sim.control_plane.data.buckets.Bucket`."""

    def read(self, key: str) -> tuple[bytes, str]:
        """Return an object and its ETag. Raises a `LookupError` where there is none."""
        ...

    def put(self, key: str, body: bytes) -> str:
        """Write an object, replacing any other."""
        ...

    def put_once(self, key: str, body: bytes) -> bool:
        """Write an object unless the key has one; return whether it was written."""
        ...

    def replace(self, key: str, body: bytes, etag: str) -> str | None:
        """Write an object if it still has this ETag; return its new ETag, or None."""
        ...


class WriterFenced(Exception):
    """A newer writer of the job has taken over; nothing was written."""


@dataclass(frozen=True)
class Pointed:
    """What `latest` names ("": no checkpoint yet), and the number of the writer that took over last, from 1."""

    checkpoint: str
    writer: int


class Latest:
    """`latest` of one job, the object `key`, as one of its writers sees it; call `take_over` first."""

    def __init__(self, objects: Objects, key: str) -> None:
        self._objects = objects
        self._key = key
        self._etag = ""
        self.writer = 0

    def read(self) -> Pointed | None:
        """Return what `latest` says now; None where no writer has begun."""
        try:
            return _pointed(self._objects.read(self._key)[0])
        except LookupError:
            return None

    def take_over(self) -> str:
        """Become the job's newest writer, which fences all earlier ones; return the checkpoint to resume from."""
        while True:
            try:
                body, etag = self._objects.read(self._key)
            except LookupError:
                self._objects.put_once(self._key, _body(Pointed("", 0)))
                continue
            before = _pointed(body)
            mine = Pointed(before.checkpoint, before.writer + 1)
            taken = self._objects.replace(self._key, _body(mine), etag)
            if taken is not None:
                self._etag, self.writer = taken, mine.writer
                return mine.checkpoint

    def is_newest(self) -> bool:
        """Return whether no other writer has taken over; it may change right afterwards."""
        now = self.read()
        return now is not None and now.writer == self.writer

    def move(self, checkpoint: str, *, fenced: bool = True) -> None:
        """Let `latest` name a checkpoint. Where `fenced`, raises `WriterFenced` if a newer writer has taken over."""
        body = _body(Pointed(checkpoint, self.writer))
        if not fenced:
            self._objects.put(self._key, body)
            return
        moved = self._objects.replace(self._key, body, self._etag)
        if moved is None:
            raise WriterFenced(f"writer {self.writer} does not move {self._key} to {checkpoint}: another one took over")
        self._etag = moved


def _body(pointed: Pointed) -> bytes:
    return json.dumps({"checkpoint": pointed.checkpoint, "writer": pointed.writer}).encode()


def _pointed(body: bytes) -> Pointed:
    found = json.loads(body)
    return Pointed(found["checkpoint"], found["writer"])
