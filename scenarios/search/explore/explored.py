"""The outcome of one seed: its world is drawn, played once or twice, and summarised."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from gateway_sim.scenarios.judge.anomalies import Sighting, sightings
from gateway_sim.scenarios.judge.verdict import Broken, Verdict
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.rows import Row, once
from gateway_sim.scenarios.search.explore.execute import play_world
from gateway_sim.scenarios.search.explore.fault_coverage import faults_of, idle_faults
from gateway_sim.scenarios.search.explore.generated_case import GeneratedCase
from gateway_sim.scenarios.search.explore.search_config import SearchConfig
from gateway_sim.scenarios.search.explore.story_search import StorySearch
from gateway_sim.scenarios.sim.errors import GatewaySimError, alone
from gateway_sim.scenarios.sim.trace import Entry


@dataclass(frozen=True)
class Explored:
    """The outcome of one seed; `idle` are the faults of its world that its run never met.

    `anomalies` are the route anomalies of its trace with their counts, `sightings` the same with the shortest witness
    of each. If it was played `twice`, `diverged` is the first event that differed. `crashed` is the error of the world.
    """

    seed: int
    verdict: Verdict
    outcome: str
    violations: tuple[Broken, ...]
    faults: tuple[str, ...]
    idle: tuple[str, ...]
    digest: str = ""
    requests: int = 0
    lasted_s: float = 0.0
    anomalies: tuple[tuple[str, int], ...] = ()
    sightings: tuple[Sighting, ...] = ()
    twice: bool = False
    diverged: str | None = None
    crashed: str | None = None

    def row(self) -> Row:
        """Return its columns in a store of runs."""
        return {
            "seed": self.seed, "verdict": self.verdict, "outcome": self.outcome, "error": self.crashed,
            "digest": self.digest, "requests": self.requests, "finished_s": self.lasted_s,
            "broken": once(violation.promise for violation in self.violations),
            "anomalies": sorted(name for name, _ in self.anomalies),
        }  # fmt: skip


def explore_seed(search: SearchConfig | StorySearch, seed: int, *, twice: bool = False) -> Explored:
    """Draw a seed's world, play it once or `twice`, and return the outcome.

    A world that crashes proves nothing; the error is part of the outcome, so that the other seeds are still played.
    """
    world, played = _drawn(search, seed)
    faults = tuple(faults_of(world)) if world else ()
    try:
        result = played()
        again = played() if twice else result
    except Exception as raised:
        error = alone(raised)
        # an error of the project's own is a sentence already
        crashed = str(error) if isinstance(error, GatewaySimError) else f"{type(error).__name__}: {error}"
        return Explored(seed, "not_exercised", "crashed", (), faults, (), crashed=crashed)
    shown = tuple(sightings(result.trace))
    return Explored(
        seed,
        result.verdict,
        result.outcome,
        tuple(result.violations[:4]),
        faults,
        tuple(idle_faults(world, result.trace)) if world else (),
        result.digest or "",
        result.metrics.requests,
        result.metrics.finished_s,
        tuple((seen.anomaly, seen.count) for seen in shown),
        shown,
        twice,
        None if again.digest == result.digest else first_difference(result.trace.entries, again.trace.entries),
    )


def _drawn(search: SearchConfig | StorySearch, seed: int) -> tuple[GeneratedCase | None, Callable[[], RunResult]]:
    """Return the world of a seed, None for a story, and what plays it."""
    if isinstance(search, StorySearch):
        return None, partial(search.played, seed)
    world = search.world(seed)
    return world, partial(play_world, search, world)


def first_difference(first: Sequence[Entry], second: Sequence[Entry]) -> str:
    """Return the first event in which two traces of one seed differ."""
    for n, (one, other) in enumerate(zip(first, second, strict=False)):
        if _described(one) != _described(other):
            return f"event {n} was {_described(one)}, and then {_described(other)}"
    at = min(len(first), len(second))
    longer = first if len(first) > at else second
    return f"event {at} was {_described(longer[at]) if at < len(longer) else 'the last'} in one run only"


def _described(entry: Entry) -> str:
    return f"{entry.at_s:.6f} s {entry.source} {entry.event}"
