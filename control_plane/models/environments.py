"""The images that jobs run in: tags that move, digests that do not, as items of one DynamoDB table keyed by `name`.

A reference is `repository:tag`, the image pushed last under that tag, or `repository@digest`, always the same image
(docs/reference/stories.md §3 c).
"""

import hashlib
from collections.abc import Callable
from typing import Any

from gateway_sim.control_plane.events import ImageTagged
from gateway_sim.control_plane.named_items import NamedItems


class UnknownImage(LookupError):
    """There is no image of this reference; the message names it."""


class Environments:
    """A registry of images, each known by the digest of its content."""

    def __init__(self, client: Any, table: str, *, emit: Callable[[object], None]) -> None:
        self._items = NamedItems(client, table)
        self._emit = emit

    def push(self, tag: str, content: str) -> str:
        """Push an image of this content, move `repository:tag` to it, and return the image's digest."""
        digest = f"sha256:{hashlib.sha256(content.encode()).hexdigest()}"
        repository = tag.partition(":")[0]
        self._items.put(f"{repository}@{digest}", {"value": {"S": content}})
        self._items.put(tag, {"value": {"S": digest}})
        self._emit(ImageTagged(tag, digest))
        return digest

    def resolve(self, reference: str) -> str:
        """Return the digest that a reference means now, by a strong read. Raises `UnknownImage`."""
        found = self._get(reference)
        return reference.partition("@")[2] if "@" in reference else found

    def content(self, repository: str, digest: str) -> str:
        """Return the content of the image of this digest. Raises `UnknownImage`."""
        return self._get(f"{repository}@{digest}")

    def _get(self, name: str) -> str:
        item = self._items.get(name)
        if item is None:
            raise UnknownImage(f"there is no image {name!r}")
        value: str = item["value"]["S"]
        return value
