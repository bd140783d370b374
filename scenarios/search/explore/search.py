"""Many seeds, in one process, in several, or on a cluster: the same results in the same order."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from gateway_sim.scenarios.judge.anomalies import Sightings
from gateway_sim.scenarios.run.rows import Row, in_words
from gateway_sim.scenarios.run.store import Store, kept
from gateway_sim.scenarios.run.sweep import spread
from gateway_sim.scenarios.run.workers import Workers
from gateway_sim.scenarios.search.explore.explored import Explored, explore_seed
from gateway_sim.scenarios.search.explore.search_config import SearchConfig
from gateway_sim.scenarios.search.explore.story_search import StorySearch

Search = SearchConfig | StorySearch

CHUNK: Final = 4
"""Seeds in one piece of work: few enough that all workers end at about the same time."""
FEW: Final = 16
"""Up to this many seeds are played faster in this process than in workers, which first import the world."""


def explore(
    search: Search, seeds: Sequence[int], workers: Workers, *, twice: bool = False, store: Store | None = None
) -> Iterator[Explored]:
    """Yield the outcome of each seed, in order; from a `store`, those that it has.

    Raises `UnknownWord` or `SettingsRefused` before anything runs.
    """
    search.check()
    play = partial(explore_seed, search, twice=twice)

    def running(left: Sequence[int]) -> Iterator[Explored]:
        if playing(len(left), workers).alone:
            return map(play, left)
        return spread(play, left, workers, chunk=CHUNK, named="the world of seed {}".format)

    def row(seed: int, one: Explored) -> Row:
        return {**row_of(search), **one.row()}

    yield from kept(store, seeds, running, row, search, twice)


def row_of(search: Search) -> Row:
    """Return the columns of a search in a store of runs."""
    words = {name: getattr(search, name) for name in ("race", "client", "gateway", "sdk", "balance", "driver")}
    return {**words, "engine": "virtual", "settings": in_words(search.settings)}


def playing(seeds: int, workers: Workers) -> Workers:
    """Return the workers that play so many seeds: no more processes than are worth their imports."""
    if workers.scheduler is not None:
        return workers
    return Workers() if seeds <= FEW else Workers(min(workers.jobs, seeds))


@dataclass
class Findings:
    """The findings of a search so far: seeds that broke, diverged or crashed are kept, the others counted."""

    search: Search
    explored: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    promises: Counter[str] = field(default_factory=Counter)
    drawn: Counter[str] = field(default_factory=Counter)
    idle: Counter[str] = field(default_factory=Counter)
    anomalies: Sightings = field(default_factory=Sightings)
    played_twice: int = 0
    broken: list[Explored] = field(default_factory=list)
    diverged: list[Explored] = field(default_factory=list)
    crashed: list[Explored] = field(default_factory=list)

    def add(self, one: Explored) -> None:
        """Count one seed."""
        self.explored += 1
        self.verdicts[one.verdict] += 1
        self.drawn.update(one.faults)
        self.idle.update(one.idle)
        self.played_twice += one.twice
        self.anomalies.add(one.seed, one.sightings)
        # the witness of a busy poller is long, and only the shortest is shown
        one = replace(one, sightings=(), violations=tuple(replace(broken, witness=()) for broken in one.violations))
        if one.verdict == "broken":
            self.promises.update({violation.promise for violation in one.violations})
            self.broken.append(one)
        if one.diverged is not None:
            self.diverged.append(one)
        if one.crashed is not None:
            self.crashed.append(one)

    @property
    def held(self) -> bool:
        """Whether some world was kept, and none broke a promise, diverged or crashed."""
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
            "driver": s.driver,
            "parts": dict(s.parts) if isinstance(s, StorySearch) else {},
            "explored": self.explored,
            **{verdict: self.verdicts[verdict] for verdict in ("kept", "broken", "not_exercised")},
            "promises": dict(sorted(self.promises.items())),
            "faults": {name: {"drawn": n, "met": n - self.idle[name]} for name, n in sorted(self.drawn.items())},
            "played_twice": self.played_twice,
            "anomalies": {name: self._anomaly(name) for name in sorted(self.anomalies.runs)},
            "violations": [
                {
                    "seed": one.seed,
                    "outcome": one.outcome,
                    "violations": [
                        {name: value for name, value in broken.document().items() if name != "witness"}
                        for broken in one.violations
                    ],
                    "faults": list(one.faults),
                    "anomalies": dict(one.anomalies),
                    "digest": one.digest,
                }
                for one in self.broken
            ],
            "diverged": [{"seed": one.seed, "difference": one.diverged} for one in self.diverged],
            "crashed": [{"seed": one.seed, "error": one.crashed} for one in self.crashed],
        }

    def _anomaly(self, name: str) -> dict[str, Any]:
        seen = self.anomalies
        seed, least = seen.shortest[name]
        shown = {key: value for key, value in least.document().items() if key in ("message", "at_s", "witness")}
        return {"worlds": seen.runs[name], "times": seen.times[name], "shortest": {"seed": seed, **shown}}
