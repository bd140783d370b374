"""Many seeds, one after the other or over processes: the same results in the same order, however many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, Final

from scenarios.explore.explored import Explored, explore_seed
from scenarios.explore.given import Search
from scenarios.sweep import spread

CHUNK: Final = 4
"""Seeds handed to a worker at a time: few enough that Ctrl-C is obeyed within a second."""
FEW: Final = 16
"""As many seeds as are played before another process has imported what it needs."""


def explore(search: Search, seeds: Sequence[int], *, jobs: int, twice: bool = False) -> Iterator[Explored]:
    """Yield what came of each seed, in order. Raises `UnknownWord` or `SettingsRefused` before anything runs."""
    search.check()
    play = partial(explore_seed, search, twice=twice)
    if len(seeds) <= FEW:
        yield from map(play, seeds)
        return
    yield from spread(play, seeds, jobs=jobs, chunk=CHUNK)


@dataclass
class Findings:
    """What a search has found so far; only what did not hold is kept, the rest is counted.

    `anomalies` counts the worlds that show each route anomaly, `times` how often it happened in all of them.
    """

    search: Search
    explored: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    promises: Counter[str] = field(default_factory=Counter)
    drawn: Counter[str] = field(default_factory=Counter)
    idle: Counter[str] = field(default_factory=Counter)
    anomalies: Counter[str] = field(default_factory=Counter)
    times: Counter[str] = field(default_factory=Counter)
    broken: list[Explored] = field(default_factory=list)
    diverged: list[Explored] = field(default_factory=list)
    crashed: list[Explored] = field(default_factory=list)

    def add(self, one: Explored) -> None:
        """Count one seed."""
        self.explored += 1
        self.verdicts[one.verdict] += 1
        self.drawn.update(one.faults)
        self.idle.update(one.idle)
        self.anomalies.update(name for name, _ in one.anomalies)
        self.times.update(dict(one.anomalies))
        if one.verdict == "broken":
            self.promises.update({violation.promise for violation in one.violations})
            self.broken.append(one)
        if one.diverged is not None:
            self.diverged.append(one)
        if one.crashed is not None:
            self.crashed.append(one)

    @property
    def held(self) -> bool:
        """Say whether the promises held: some world put them to the test, none broke one, and all can be trusted."""
        return self.verdicts["kept"] > 0 and not (self.broken or self.diverged or self.crashed)

    def document(self) -> dict[str, Any]:
        """Return the findings as plain JSON values."""
        s = self.search
        return {
            "race": s.race,
            "client": s.client,
            "gateway": s.gateway,
            "sdk": s.sdk,
            "balance": s.balance,
            "settings": dict(s.settings),
            "explored": self.explored,
            **{verdict: self.verdicts[verdict] for verdict in ("kept", "broken", "not_exercised")},
            "promises": dict(sorted(self.promises.items())),
            "faults": {name: {"drawn": n, "met": n - self.idle[name]} for name, n in sorted(self.drawn.items())},
            "anomalies": {name: {"worlds": n, "times": self.times[name]} for name, n in sorted(self.anomalies.items())},
            "violations": [
                {
                    "seed": one.seed,
                    "outcome": one.outcome,
                    "violations": [asdict(violation) for violation in one.violations],
                    "faults": list(one.faults),
                    "anomalies": dict(one.anomalies),
                    "digest": one.digest,
                }
                for one in self.broken
            ],
            "diverged": [{"seed": one.seed, "difference": one.diverged} for one in self.diverged],
            "crashed": [{"seed": one.seed, "error": one.crashed} for one in self.crashed],
        }
