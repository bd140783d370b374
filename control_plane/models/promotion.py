"""Whether a version becomes the one in production, and whether a deploy may still take its place. Pure.

A tag counts its moves: its `token` says which promotion is the newer one, whichever of them is slower (ORCHESTRATION
§3 h).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Version:
    """A trained model: its number, the digest of its artifact, and the quality it was measured at."""

    version: int
    digest: str
    score: float


@dataclass(frozen=True)
class Tag:
    """The production tag of a model: the version it names, that version's score, and how often it was moved."""

    version: int
    score: float
    token: int


class UnknownVersion(LookupError):
    """Nobody registered this version; the message names it, and those that there are."""


def known(model: str, version: int, registered: Iterable[int]) -> None:
    """Refuse a version that the registry does not have. Raises `UnknownVersion`."""
    have = sorted(registered)
    if version not in have:
        there_are = ", ".join(map(str, have)) or "none"
        raise UnknownVersion(f"there is no version {version} of {model}; there are: {there_are}")


def promotes(candidate: Version, champion: Tag | None) -> bool:
    """Say whether a candidate is better than what the tag names; anything is better than nothing."""
    return champion is None or candidate.score > champion.score


def may_deploy(token: int, newest: int | None) -> bool:
    """Say whether a deploy still counts: none of a later promotion has taken the place. The fence."""
    return newest is None or token > newest
