"""Promises: what a run must keep, one a file, read from its trace.

How to add one: write `promises/<the_sentence>.py` with one public function of that name that takes a `Trace` and yields
a `Violation` for each place where it was broken, and import it in the races that must keep it. The function's docstring
is the promise as people read it. Test it in `tests/scenarios/judge/promises/` on the shortest trace that breaks it and
on the nearest one that keeps it. A promise that crashes counts as not exercised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scenarios.sim.trace import Trace


@dataclass(frozen=True)
class Violation:
    """One place where a promise was broken: a sentence for people, and the second it happened."""

    message: str
    at_s: float


Promise = Callable[[Trace], Iterator[Violation]]

__all__ = ["Promise", "Violation"]
