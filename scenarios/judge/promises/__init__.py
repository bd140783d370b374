"""Promises: what a run must keep, one a file, read from its trace.

How to add one: write `promises/<the_sentence>.py` with one public function of that name. It takes a `Trace` and yields
a `Violation` for each place where the promise was broken. Import it in the races that must keep it. The function's
docstring is the promise's text for users. Test it in `tests/scenarios/judge/promises/` on the shortest trace that
breaks it and on the nearest one that keeps it. A promise that crashes counts as not exercised.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

from gateway_sim.scenarios.sim.trace import Entry, Trace


@dataclass(frozen=True)
class Violation:
    """One place where a run broke a promise, or one time that an anomaly happened.

    `message` is a sentence for people and `at_s` the second it happened. `witness` holds the entries of the trace that
    show it, as few as possible, in their order.
    """

    message: str
    at_s: float
    witness: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, message: str, *witness: Entry) -> Self:
        """Return a violation that happened with the last of its witness entries."""
        return cls(message, witness[-1].at_s, witness)

    @property
    def length(self) -> tuple[int, float, float]:
        """The length of its witness, to compare violations: events, then the seconds they span, then its time."""
        return len(self.witness), round(self.at_s - self.witness[0].at_s, 6) if self.witness else 0.0, self.at_s

    def text(self) -> str:
        """Return the witness as text, one line for each entry."""
        shown = Trace()
        shown.entries = list(self.witness)
        return shown.text()


Promise = Callable[[Trace], Iterator[Violation]]


def in_words(promise: Promise) -> str:
    """Return a promise's name as a sentence; its apostrophes and capitals are those of its docstring's beginning."""
    name = promise.__name__.replace("_", " ")
    as_written = "'?".join(map(re.escape, name)) + "'?"
    found = re.match(as_written, (promise.__doc__ or "").strip(), re.IGNORECASE)
    return found[0][0].lower() + found[0][1:] if found else name


def in_order(trace: Trace, *entries: Entry) -> tuple[Entry, ...]:
    """Return these entries of a trace in the trace's order, each once."""
    chosen = set(map(id, entries))
    return tuple(entry for entry in trace.entries if id(entry) in chosen)
