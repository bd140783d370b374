"""Registries, each with one defect."""

from dataclasses import replace
from typing import Any

from gateway_sim.control_plane.models.promotion import Tag
from gateway_sim.control_plane.models.registry import Registry, TagWasMoved, UnknownVersion
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox
from tests.scenarios.compare.port_contract.defect import Defect


def _of_registry(kind: type[Registry], saw: str) -> Defect:
    def make(sandbox: Sandbox[Any], *, model: str) -> Registry:
        return kind(*sandbox.table("registry"), model, emit=sandbox.emit)

    return Defect(make, saw)


class BornWithATag(Registry):
    """Has a champion before there is one."""

    def tag(self) -> Tag | None:
        """Read the tag."""
        return super().tag() or Tag(1, 0.1, 0)


class Caching(Registry):
    """Reads its own moves only."""

    seen: Tag | None = None

    def tag(self) -> Tag | None:
        """Read the tag."""
        return self.seen

    def move_tag(self, version: int, read: Tag | None, *, locked: bool = True) -> Tag:
        """Move the tag."""
        self.seen = super().move_tag(version, read)
        return self.seen


class Unlocked(Registry):
    """Moves a tag whatever was read, but not the first time."""

    def move_tag(self, version: int, read: Tag | None, *, locked: bool = True) -> Tag:
        """Move the tag."""
        return super().move_tag(version, self.tag() if read else read)


class UnlockedAtFirst(Registry):
    """Does not check that there still is no tag."""

    def move_tag(self, version: int, read: Tag | None, *, locked: bool = True) -> Tag:
        """Move the tag."""
        return super().move_tag(version, read or self.tag())


class ComparesVersions(Registry):
    """Takes a tag that names the same version for the same tag."""

    def move_tag(self, version: int, read: Tag | None, *, locked: bool = True) -> Tag:
        """Move the tag."""
        now = self.tag()
        return super().move_tag(version, now if now and read and now.version == read.version else read)


class MovesAndRefuses(Registry):
    """Writes before it compares."""

    def move_tag(self, version: int, read: Tag | None, *, locked: bool = True) -> Tag:
        """Move the tag."""
        try:
            return super().move_tag(version, read)
        except TagWasMoved:
            super().move_tag(version, self.tag())
            raise


class CountsNoMoves(ComparesVersions):
    """Its token is the version."""

    def tag(self) -> Tag | None:
        """Read the tag."""
        now = super().tag()
        return now and replace(now, token=now.version)

    def move_tag(self, version: int, read: Tag | None, *, locked: bool = True) -> Tag:
        """Move the tag."""
        moved = Registry.move_tag(self, version, Registry.tag(self))
        return replace(moved, token=moved.version)


class TagsAnything(Registry):
    """Moves a tag to a version that it does not have."""

    def move_tag(self, version: int, read: Tag | None, *, locked: bool = True) -> Tag:
        """Move the tag."""
        try:
            return super().move_tag(version, read)
        except UnknownVersion:
            return Tag(version, 0.0, 99)


class Overwriting(Registry):
    """Replaces a version that is registered again."""

    def _put(self, what: str, item: Any, condition: str = "", values: Any = None) -> bool:
        return super()._put(what, item, "" if what.startswith("version") else condition, values)


class OneForAll(Registry):
    """Keeps one tag for all models."""

    def __init__(self, client: Any, table: str, model: str, **emit: Any) -> None:
        super().__init__(client, table, "one", **emit)


class ShortSpoken(Registry):
    """Says nothing of what there is."""

    def move_tag(self, version: int, read: Tag | None, *, locked: bool = True) -> Tag:
        """Move the tag."""
        try:
            return super().move_tag(version, read)
        except UnknownVersion:
            raise UnknownVersion("not found") from None


DEFECTS = {
    "no-tag-at-first": _of_registry(BornWithATag, "returned version 1"),
    "a-move-is-read": _of_registry(Caching, "and another client reads no tag"),
    "an-old-read-is-refused": _of_registry(Unlocked, "moved it, to version 2"),
    "one-first-move": _of_registry(UnlockedAtFirst, "moved it, to version 2"),
    "moved-and-back": _of_registry(ComparesVersions, "moved it, to version 3"),
    "a-refusal-changes-nothing": _of_registry(
        MovesAndRefuses, "had version 3, score 0.3, token 2 before, and version 2"
    ),
    "tokens-grow": _of_registry(CountsNoMoves, "gave tokens 2, 3, 1, 2"),
    "an-unknown-version-is-refused": _of_registry(TagsAnything, "did not raise UnknownVersion"),
    "a-version-stays": _of_registry(Overwriting, "score 0.9"),
    "models-are-apart": _of_registry(OneForAll, "has version 2"),
    "versions-are-named": _of_registry(ShortSpoken, "said 'not found'"),
}
"""The defect of each clause."""
