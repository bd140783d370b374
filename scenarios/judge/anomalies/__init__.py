"""Route anomalies: what a trace shows that a table of routes should never have led to, one a file.

A promise judges a run; an anomaly names what went wrong in it, also where the run came through. `sightings(trace)`
finds them all, with how often each was seen and by how few events it can be shown.

How to add one: write `anomalies/<its_name>.py` with one public function of that name that takes a `Trace` and yields a
`Witness` for each time it happened: a sentence, and as few of the trace's entries as show it. The function's docstring
is the anomaly as people read it. Test it in `tests/scenarios/judge/anomalies/` in a world where it happens and in one
where it does not. No list needs editing: the folder is the registry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from scenarios.sim import registry
from scenarios.sim.trace import Entry, Trace


@dataclass(frozen=True)
class Witness:
    """One time an anomaly happened: a sentence for people, and the entries that show it, in their order."""

    message: str
    entries: tuple[Entry, ...]

    @property
    def at_s(self) -> float:
        """When it was complete, in seconds."""
        return self.entries[-1].at_s

    @property
    def length(self) -> tuple[int, float, float]:
        """How much there is to read: events first, then the seconds they span, then how late it is."""
        return len(self.entries), round(self.at_s - self.entries[0].at_s, 6), self.at_s

    def text(self) -> str:
        """Return the entries as a trace's text has them, a line each."""
        shown = Trace()
        shown.entries = list(self.entries)
        return shown.text()


Anomaly = Callable[[Trace], Iterator[Witness]]


@dataclass(frozen=True)
class Sighting:
    """An anomaly that a run shows: its name, how many times it happened, and the shortest witness of them."""

    anomaly: str
    count: int
    witness: Witness

    def document(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        entries = [{"at_s": round(e.at_s, 6), "source": e.source, "event": e.name, **e.fields()}
                   for e in self.witness.entries]  # fmt: skip
        told = {"anomaly": self.anomaly, "count": self.count, "message": self.witness.message}
        return {**told, "at_s": round(self.witness.at_s, 6), "witness": entries}


@cache
def anomalies() -> dict[str, Anomaly]:
    """Return every anomaly by its name, in alphabetical order."""
    return registry.functions(__name__)


def sightings(trace: Trace) -> list[Sighting]:
    """Return what a run's trace shows of every anomaly; one that did not happen is left out."""
    seen = []
    for name, anomaly in anomalies().items():
        count, shortest = 0, None
        for count, witness in enumerate(anomaly(trace), start=1):  # noqa: B007 - a spinning run has thousands
            if shortest is None or witness.length < shortest.length:
                shortest = witness
        if shortest is not None:
            seen.append(Sighting(name, count, shortest))
    return seen


def counts(trace: Trace) -> dict[str, int]:
    """Return how many times each anomaly happened; one that did not is left out."""
    return {one.anomaly: one.count for one in sightings(trace)}
