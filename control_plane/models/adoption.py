"""The image that a pipeline runs in: a digest that changes only when another one is adopted.

A pinned tag moves when its image is built anew. A digest does not, but an operator changes it some day; the golden
batch shows before that what the pipeline would notice after it (docs/reference/stories.md §3 c).
"""

from collections.abc import Callable
from typing import Any

from gateway_sim.control_plane.models.environments import Environments
from gateway_sim.control_plane.named_items import NamedItems


class UpgradeRefused(Exception):
    """The pipeline fails in the image, or makes something else of its golden batch; the message says which."""


class NotAdopted(LookupError):
    """The pipeline has adopted no image; the message names it."""


class Adoption:
    """The adopted image of one pipeline, an item of a DynamoDB table keyed by `name`."""

    def __init__(self, client: Any, table: str, pipeline: str, images: Environments) -> None:
        self._items = NamedItems(client, table)
        self._pipeline = pipeline
        self._images = images

    def digest(self) -> str:
        """Return the digest of the adopted image by a strong read. Raises `NotAdopted`."""
        item = self._items.get(self._pipeline)
        if item is None:
            raise NotAdopted(f"the pipeline {self._pipeline} has adopted no image")
        found: str = item["digest"]["S"]
        return found

    def adopt(self, reference: str, golden: Callable[[str], str] | None = None) -> str:
        """Adopt the image that a reference means now, and return its digest.

        `golden` runs the pipeline's own code on its golden batch in the image of a digest, and fingerprints the result;
        the first image that is adopted with it says what it must be. Without it nothing is checked. Raises
        `UpgradeRefused`.
        """
        digest = self._images.resolve(reference)
        item = self._items.get(self._pipeline)
        known = item["golden"]["S"] if item else ""
        made = self._checked(digest, golden, known) if golden else known
        self._items.put(self._pipeline, {"digest": {"S": digest}, "golden": {"S": made}})
        return digest

    def _checked(self, digest: str, golden: Callable[[str], str], known: str) -> str:
        try:
            made = golden(digest)
        except Exception as failed:
            raise UpgradeRefused(f"{self._pipeline} fails in {digest[:19]}: {failed}") from failed
        if known not in ("", made):
            raise UpgradeRefused(f"{self._pipeline} makes something else of its golden batch in {digest[:19]}")
        return made
