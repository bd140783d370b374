"""Registries of images, each with one defect."""

from typing import Any

from gateway_sim.control_plane.models.environments import Environments, UnknownImage
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox
from tests.scenarios.compare.port_contract.defect import Defect


def _of_images(kind: type[Environments], saw: str) -> Defect:
    def make(sandbox: Sandbox[Any]) -> Environments:
        return kind(*sandbox.table("environments"), emit=sandbox.emit)

    return Defect(make, saw)


class ReturnsTheTag(Environments):
    """Returns the tag in place of a digest."""

    def push(self, tag: str, content: str) -> str:
        """Push an image."""
        super().push(tag, content)
        return tag


class KeepsTheFirst(Environments):
    """Never moves a tag that is there."""

    def push(self, tag: str, content: str) -> str:
        """Push an image."""
        before = self._items.get(tag)
        digest = super().push(tag, content)
        if before:
            self._items.put(tag, {"value": before["value"]})
        return digest


class KeepsTheNewest(Environments):
    """Reads the newest image of a repository, whatever the digest."""

    def push(self, tag: str, content: str) -> str:
        """Push an image."""
        self._items.put("newest", {"value": {"S": content}})
        return super().push(tag, content)

    def content(self, repository: str, digest: str) -> str:
        """Return the newest content."""
        return self._get("newest")


class NamesByRepository(Environments):
    """Calls every image of a repository the same."""

    def push(self, tag: str, content: str) -> str:
        """Push an image."""
        super().push(tag, content)
        return "sha256:trainer"


class Caching(Environments):
    """Resolves each tag once."""

    def resolve(self, reference: str) -> str:
        """Resolve a reference."""
        seen = self.__dict__.setdefault("seen", {})
        if reference not in seen:
            seen[reference] = super().resolve(reference)
        return str(seen[reference])

    def push(self, tag: str, content: str) -> str:
        """Push an image; of its own pushes it knows."""
        self.__dict__.setdefault("seen", {}).pop(tag, None)
        return super().push(tag, content)


class OneTag(Environments):
    """Has one tag for all."""

    def push(self, tag: str, content: str) -> str:
        """Push an image."""
        digest = super().push(tag, content)
        self._items.put("one", {"value": {"S": digest}})
        return digest

    def resolve(self, reference: str) -> str:
        """Resolve a reference."""
        return super().resolve(reference if "@" in reference else "one")


class TakesAnyDigest(Environments):
    """Looks for no image of a digest."""

    def resolve(self, reference: str) -> str:
        """Resolve a reference."""
        return reference.partition("@")[2] or super().resolve(reference)


class CountsPushes(Environments):
    """Gives every push a digest of its own."""

    def push(self, tag: str, content: str) -> str:
        """Push an image."""
        return super().push(tag, f"{content} as {tag}")


class ShortSpoken(Environments):
    """Says nothing of what there is."""

    def resolve(self, reference: str) -> str:
        """Resolve a reference."""
        try:
            return super().resolve(reference)
        except UnknownImage:
            raise UnknownImage("not found") from None


DEFECTS = {
    "a-tag-is-resolved": _of_images(ReturnsTheTag, "resolved trainer:latest as sha256:"),
    "a-tag-moves": _of_images(KeepsTheFirst, "was pushed last"),
    "a-digest-stays": _of_images(KeepsTheNewest, "whose content is 'resize=bicubic'"),
    "contents-have-digests-of-their-own": _of_images(NamesByRepository, "gave both sha256:trainer"),
    "a-push-is-seen": _of_images(Caching, "was pushed"),
    "tags-are-apart": _of_images(OneTag, "was pushed to trainer:latest"),
    "an-unknown-image-is-refused": _of_images(TakesAnyDigest, "did not raise UnknownImage for server@sha256:"),
    "the-same-content-has-one-digest": _of_images(CountsPushes, " and sha256:"),
    "an-unknown-image-is-named": _of_images(ShortSpoken, "said 'not found'"),
}
"""The defect of each clause."""
