"""Every client policy against every gateway policy, in every race, on the same seeds: who finishes, at what price."""

from __future__ import annotations

import itertools
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from scenarios import races, words
from scenarios.anomalies import counts
from scenarios.events import JobGone, RunFailed
from scenarios.reports.measure import refusals
from scenarios.reports.wilson import wilson
from scenarios.runner import RunSpec, plan, run_plan
from scenarios.sweep import spread

CLIENTS: Final = ("plain", "blanket-404", "warmup-verified", "exactly-once")
GATEWAYS: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("not-found", {}),
    ("retry-lookup", {}),
    ("route-not-ready", {}),
    ("route-not-ready", {"retry_after_s": "1", "hold_poll_s": "1"}),
    ("tell-gone-from-stale", {}),
    ("hold", {}),
    ("leased-generation", {}),
)
ENDED: Final = frozenset({"job-deleted", "recreated-job", "trainer-broken"})
"""Races in which no run can finish: their job is gone, or its trainer broken."""
DELETED: Final = "job-deleted"
"""The race in which a job is gone and nothing takes its place."""
PREEMPTED: Final = frozenset({"preempted-not-gone", "zombie-pod"})
"""Races in which the job lives and its pod does not."""
HERDS: Final = 8
"""A race of many clients costs as much as so many others, and plays as many times fewer seeds."""
CHUNK: Final = 16


@dataclass(frozen=True)
class Score:
    """What one run gave: whether it finished, when it first trained, when it was told of a deletion, what it cost."""

    race: str
    client: str
    gateway: str
    balance: str
    seed: int
    outcome: str
    finished: bool
    first_step_s: float | None
    told_s: float | None
    requests: int
    wasted: int
    peak: int
    probes: int
    strong_reads: int
    twice: int
    anomalies: dict[str, int]


@dataclass(frozen=True)
class Standing:
    """One pair's place: shares with their 95 % Wilson intervals, and prices; seconds, and requests a run.

    `alive` counts the runs whose job lived to the end. `told_s` is the longest from a deletion, with nothing in the
    job's place, to the run's error. `anomalies` has the number of runs that showed each.
    """

    client: str
    gateway: str
    runs: int
    alive: int
    finished: int
    share: float
    low: float
    high: float
    pod_alive: int
    pod_finished: int
    first_step_s: float | None
    happy_s: float | None
    told_s: float | None
    wasted: float
    peak: int
    probes: float
    strong_reads: float
    twice: int
    anomalies: dict[str, int]
    front: bool = False


def label(gateway: str, settings: dict[str, str]) -> str:
    """Return a gateway's name as the table has it: one that is tuned ends in a plus sign."""
    return f"{gateway}+" if settings else gateway


def specs(seeds: int, chosen: Sequence[str] = ()) -> list[tuple[RunSpec, str]]:
    """Return every run with its gateway's label; even seeds balance by connection, odd ones by request.

    Balancers pick replicas by chance, so that no race depends on the order in which connections come.
    """
    found = []
    for race in chosen or races.names():
        settings = races.load(words.check("race", race, races.names())).settings
        count = seeds if settings.clients == 1 else -(-seeds // HERDS)
        for (gateway, tuned), client, seed in itertools.product(GATEWAYS, CLIENTS, range(count)):
            balance = words.BALANCES[seed % len(words.BALANCES)]
            spec = RunSpec(race, client, gateway, balance=balance, seed=seed, settings={**tuned, "order": "random"})
            found.append((spec, label(gateway, tuned)))
    return found


def play(entry: tuple[RunSpec, str]) -> Score:
    """Play one run and score it."""
    spec, gateway = entry
    result = run_plan(plan(spec))
    trace, m = result.trace, result.metrics
    gone, failed = next(trace.of(JobGone), None), next(trace.of(RunFailed), None)
    ended_s = failed.at_s if failed else trace.entries[-1].at_s
    return Score(
        spec.race,
        spec.client,
        gateway,
        spec.balance,
        spec.seed,
        result.outcome,
        result.outcome == "completed",
        m.first_step_s,
        round(ended_s - gone.at_s, 6) if gone else None,
        m.requests,
        sum(1 for _ in refusals(trace)),
        m.peak_requests_per_s,
        m.control_plane_probes,
        m.strong_reads,
        m.steps_applied_twice,
        counts(trace),
    )


def scores(entries: Sequence[tuple[RunSpec, str]], workers: int) -> Iterator[Score]:
    """Play all runs and yield their scores in the order given, whatever the number of workers."""
    if workers <= 1:
        yield from map(play, entries)
        return
    yield from spread(play, entries, jobs=workers, chunk=CHUNK)


def standings(found: Iterable[Score]) -> list[Standing]:
    """Return each pair's standing, best first, with those on the Pareto front marked."""
    by_pair: dict[tuple[str, str], list[Score]] = {}
    for score in found:
        by_pair.setdefault((score.client, score.gateway), []).append(score)
    ranked = [_standing(client, gateway, of_pair) for (client, gateway), of_pair in by_pair.items()]
    marked = [_marked(one, not any(_dominates(other, one) for other in ranked)) for one in ranked]
    return sorted(marked, key=lambda s: (-s.share, s.twice, s.told_s or 0.0, s.wasted))


def _standing(client: str, gateway: str, of_pair: Sequence[Score]) -> Standing:
    alive = [s for s in of_pair if s.race not in ENDED]
    pod_alive = [s for s in alive if s.race not in PREEMPTED]
    finished = sum(s.finished for s in alive)
    low, high = wilson(finished, len(alive))
    told = [s.told_s for s in of_pair if s.told_s is not None and s.race == DELETED]
    return Standing(
        client,
        gateway,
        len(of_pair),
        len(alive),
        finished,
        round(finished / len(alive), 6) if alive else 0.0,
        round(low, 6),
        round(high, 6),
        len(pod_alive),
        sum(s.finished for s in pod_alive),
        _median(s.first_step_s for s in alive),
        _median(s.first_step_s for s in alive if s.race == "healthy"),
        max(told, default=None),
        round(sum(s.wasted for s in of_pair) / len(of_pair), 3),
        max(s.peak for s in of_pair),
        round(sum(s.probes for s in of_pair) / len(of_pair), 3),
        round(sum(s.strong_reads for s in of_pair) / len(of_pair), 3),
        sum(s.twice for s in of_pair),
        dict(sorted(Counter(name for s in of_pair for name in s.anomalies).items())),
    )


def _marked(standing: Standing, front: bool) -> Standing:
    return Standing(**{**asdict(standing), "front": front})


def _price(s: Standing) -> tuple[float, ...]:
    """Return what is to be kept small, each for itself."""
    return (-s.share, s.twice, s.told_s or 0.0, s.peak, s.wasted, s.probes, s.strong_reads, s.first_step_s or 1e9)


def _dominates(one: Standing, other: Standing) -> bool:
    mine, theirs = _price(one), _price(other)
    return mine != theirs and all(m <= t for m, t in zip(mine, theirs, strict=True))


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(statistics.median(known), 3) if known else None


def document(seeds: int, found: Sequence[Score]) -> dict[str, Any]:
    """Return the tournament as plain JSON values: standings, claims, and the share of each race."""
    from scenarios.claims import claims

    ranked = standings(found)
    return {
        "seeds": seeds,
        "runs": len(found),
        "standings": [asdict(one) for one in ranked],
        "claims": [asdict(claim) for claim in claims(ranked)],
        "races": shares(found),
    }


def shares(found: Iterable[Score]) -> list[dict[str, Any]]:
    """Return for each race and pair how many of its runs finished."""
    counts: dict[tuple[str, str, str], list[int]] = {}
    for s in found:
        count = counts.setdefault((s.race, s.client, s.gateway), [0, 0])
        count[0] += s.finished
        count[1] += 1
    return [
        {"race": race, "client": client, "gateway": gateway, "finished": done, "runs": runs}
        for (race, client, gateway), (done, runs) in counts.items()
    ]
