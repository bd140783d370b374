"""Route anomalies: faults of routing that a trace shows, one a file.

A promise judges a run; an anomaly names what went wrong in it, even if the run kept every promise. `sightings(trace)`
returns each anomaly of a run with its count and its shortest witness.

How to add one: write `anomalies/<its_name>.py` with one public function of that name. It takes a `Trace` and yields a
`Violation` for each time the anomaly happened: a sentence, and as few of the trace's entries as show it. The function's
docstring is the anomaly's description for users. Test it in `tests/scenarios/judge/anomalies/` in a world where it
happens and in one where it does not. No list needs editing: the folder is the registry.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from gateway_sim.scenarios.judge.promises import Promise, Violation
from gateway_sim.scenarios.judge.reading import reading
from gateway_sim.scenarios.sim import registry
from gateway_sim.scenarios.sim.trace import Trace


@dataclass(frozen=True)
class Sighting:
    """An anomaly of a run: its name, how many times it happened, and the time with the shortest witness."""

    anomaly: str
    count: int
    shortest: Violation

    def document(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "anomaly": self.anomaly,
            "count": self.count,
            "message": self.shortest.message,
            "at_s": round(self.shortest.at_s, 6),
            "witness": [entry.document() for entry in self.shortest.witness],
        }


@dataclass
class Sightings:
    """The anomalies of many runs: for each the number of runs that show it, its count, and the shortest witness.

    `shortest` holds the seed of a run and its sighting.
    """

    runs: Counter[str] = field(default_factory=Counter)
    times: Counter[str] = field(default_factory=Counter)
    shortest: dict[str, tuple[int, Sighting]] = field(default_factory=dict)

    def add(self, seed: int, seen: Iterable[Sighting]) -> None:
        """Count one run."""
        for one in seen:
            self.runs[one.anomaly] += 1
            self.times[one.anomaly] += one.count
            known = self.shortest.setdefault(one.anomaly, (seed, one))
            self.shortest[one.anomaly] = min(known, (seed, one), key=lambda found: found[1].shortest.length)


@cache
def anomalies() -> dict[str, Promise]:
    """Return every anomaly by its name, in alphabetical order."""
    return registry.functions(__name__)


@reading
def sightings(trace: Trace) -> Iterator[Sighting]:
    """Yield the sighting of each anomaly that happened in a run."""
    for name, anomaly in anomalies().items():
        found = list(anomaly(trace))
        if found:
            yield Sighting(name, len(found), min(found, key=lambda one: one.length))


def counts(trace: Trace) -> dict[str, int]:
    """Return the count of each anomaly that happened."""
    return {one.anomaly: one.count for one in sightings(trace)}
