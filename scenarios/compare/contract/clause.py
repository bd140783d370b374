"""A clause of the contract: a sentence about the gateway, and the check of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from gateway_sim.scenarios.compare.contract.trial import Trial

Level = Literal["required", "proposed", "optional"]
"""Required of every gateway or part, asked for by the proposal (docs/proposal-route-not-ready.md), or a help only."""
Result = Literal["holds", "missed", "not applicable"]
LEVELS: Final = ("required", "proposed", "optional")


@dataclass(frozen=True)
class Missed:
    """The gateway does not do what the clause says; `saw` says what it did, as the rest of a sentence."""

    saw: str


@dataclass(frozen=True)
class NotApplicable:
    """An answer of the gateway shows that the clause is about something that it does not do."""

    saw: str


Outcome = Missed | NotApplicable | None
"""What a check returns; None: the clause holds."""
Check = Callable[["Trial"], Awaitable[Outcome]]


@dataclass(frozen=True)
class Clause:
    """A sentence about the gateway. `name` is its short form, `why` says which caller suffers from a miss, and how.

    `unreadable`: it is checked while the route table refuses strong reads.
    """

    name: str
    sentence: str
    level: Level
    why: str
    check: Check
    unreadable: bool = False


@dataclass(frozen=True)
class Finding:
    """A clause and its result for one gateway; `saw` is empty where it holds. `section` is the clause's theme."""

    clause: str
    section: str
    sentence: str
    level: Level
    result: Result
    saw: str
    why: str


def required(sentence: str, why: str) -> Callable[[Check], Clause]:
    """Make a clause of a check, named as the function, that every gateway must fulfil."""
    return lambda check: Clause(_name(check), sentence, "required", why, check)


def proposed(sentence: str, why: str) -> Callable[[Check], Clause]:
    """Make a clause of a check, named as the function, that the proposal asks for."""
    return lambda check: Clause(_name(check), sentence, "proposed", why, check)


def _name(check: Check) -> str:
    return getattr(check, "__name__", "").strip("_").replace("_", "-")
