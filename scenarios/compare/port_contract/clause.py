"""A clause of a port's contract: a sentence about a part, and the check of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from gateway_sim.scenarios.compare.contract.clause import Missed, Outcome
from gateway_sim.scenarios.orchestration.workloads.sandbox import Make, Sandbox


class NotReached(Exception):
    """A part did not come to what its clause asks about; the message says what was missing."""


@dataclass(frozen=True)
class Trial:
    """One clause at one part: a sandbox of its own, and what makes the part."""

    sandbox: Sandbox[Any]
    make: Make

    def part(self, **words: Any) -> Any:
        """Make the part; made twice with the same words, it is two clients of one store."""
        return self.make(self.sandbox, **words)

    @property
    def now_s(self) -> float:
        """The seconds since the clause began."""
        return self.sandbox.now_s

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(seconds)


Check = Callable[[Trial], Awaitable[Outcome]]


@dataclass(frozen=True)
class Clause:
    """A sentence about a part. `name` is its short form; `why` says what goes wrong in a story, or a platform, else.

    A part that misses a required clause breaks the fixed variant of a story, or can. An optional one helps a person.
    """

    name: str
    sentence: str
    level: Literal["required", "optional"]
    why: str
    check: Check


def required(sentence: str, why: str) -> Callable[[Check], Clause]:
    """Make a clause of a check, named as the function, that every part must fulfil."""
    return lambda check: Clause(_name(check), sentence, "required", why, check)


def optional(sentence: str, why: str) -> Callable[[Check], Clause]:
    """Make a clause of a check, named as the function, that no story needs."""
    return lambda check: Clause(_name(check), sentence, "optional", why, check)


def unless(holds: bool, saw: str) -> Outcome:
    """Return a miss with what was seen, unless it holds."""
    return None if holds else Missed(saw)


def refused(call: Callable[[], object], *errors: type[Exception]) -> bool:
    """Say whether a call raises one of these errors."""
    try:
        call()
    except errors:
        return True
    return False


def _name(check: Check) -> str:
    return getattr(check, "__name__", "").strip("_").replace("_", "-")
