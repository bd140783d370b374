"""Whether a version is promoted to production, and whether its deploy is still valid. Pure.

A tag counts its moves. The count, its `token`, says which of two promotions is newer, even if the older one finishes
later (docs/reference/stories.md §3 h).
"""

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


def promotes(candidate: Version, champion: Tag | None) -> bool:
    """Return whether a candidate scores above the tag's version; without a tag it always does."""
    return champion is None or candidate.score > champion.score


@dataclass(frozen=True)
class Deployment:
    """What serves a model: its version, and the token of the tag's move that asked for it."""

    version: int
    token: int


@dataclass(frozen=True)
class Overdue:
    """A move of the tag that was not deployed when a reconciler first saw it, at `since_s`."""

    token: int
    since_s: float


def may_deploy(token: int, newest: int | None) -> bool:
    """Return whether a deploy is newer than the newest deployed promotion, as a fencing token shows."""
    return newest is None or token > newest


def overdue(tag: Tag | None, deployed: Deployment | None, known: Overdue | None, now_s: float) -> Overdue | None:
    """Return the tag's move that is not deployed, with the time at which it was first seen; None if all agrees."""
    if tag is None or not may_deploy(tag.token, deployed.token if deployed else None):
        return None
    return known if known is not None and known.token == tag.token else Overdue(tag.token, now_s)
