"""Whether a version is promoted to production, and whether its deploy still counts. Pure.

A tag counts its moves: its `token` says which of two promotions is newer, also when the older one finishes later
(docs/reference/stories.md §3 h).
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Version:
    """A trained model: its number, the digest of its artifact, and its measured quality."""

    version: int
    digest: str
    score: float


@dataclass(frozen=True)
class Tag:
    """The production tag of a model: its version, that version's score, and the number of its moves."""

    version: int
    score: float
    token: int


class UnknownVersion(LookupError):
    """This version was never registered; the message names it and the registered ones."""


def known(model: str, version: int, registered: Iterable[int]) -> None:
    """Refuse a version that is not registered. Raises `UnknownVersion`."""
    have = sorted(registered)
    if version not in have:
        there_are = ", ".join(map(str, have)) or "none"
        raise UnknownVersion(f"there is no version {version} of {model}; there are: {there_are}")


def promotes(candidate: Version, champion: Tag | None) -> bool:
    """Return whether a candidate scores above the tag's version; without a tag it always does."""
    return champion is None or candidate.score > champion.score


def may_deploy(token: int, newest: int | None) -> bool:
    """Return whether a deploy still counts, because no later promotion is deployed. The fence."""
    return newest is None or token > newest
