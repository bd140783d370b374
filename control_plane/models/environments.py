"""The images that jobs run in: tags that move, digests that do not, as items of one DynamoDB table keyed by `name`.

A reference is `repository:tag`, which means whatever was pushed last, or `repository@digest`, which means one thing
(ORCHESTRATION §3 c).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from control_plane.events import ImageTagged


class UnknownImage(LookupError):
    """Nobody pushed an image of this reference; the message names it."""


class Environments:
    """A registry of images, each of which is known by what is in it."""

    def __init__(self, client: Any, table: str, *, emit: Callable[[object], None]) -> None:
        self._client = client
        self._table = table
        self._emit = emit

    def push(self, tag: str, content: str) -> str:
        """Let a tag, `repository:tag`, mean an image of this content, and return the image's digest."""
        digest = f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"
        repository = tag.partition(":")[0]
        self._put(f"{repository}@{digest}", content)
        self._put(tag, digest)
        self._emit(ImageTagged(tag, digest))
        return digest

    def resolve(self, reference: str) -> str:
        """Return the digest that a reference means now, by a strong read. Raises `UnknownImage`."""
        found = self._get(reference)
        return reference.partition("@")[2] if "@" in reference else found

    def content(self, repository: str, digest: str) -> str:
        """Return what is in the image of this digest. Raises `UnknownImage`."""
        return self._get(f"{repository}@{digest}")

    def _get(self, name: str) -> str:
        key = {"name": {"S": name}}
        item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        if item is None:
            raise UnknownImage(f"there is no image {name!r}")
        value: str = item["value"]["S"]
        return value

    def _put(self, name: str, value: str) -> None:
        self._client.put_item(TableName=self._table, Item={"name": {"S": name}, "value": {"S": value}})
