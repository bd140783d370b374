"""The summary of each pair of policies in a tournament: shares, prices, and the Pareto front. Pure."""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from gateway_sim.scenarios.compare.tournament import (
    DELETED,
    ENDED,
    KEPT_BY_GATEWAYS,
    OVERLOADED,
    PREEMPTED,
    REPLACED,
    Score,
)
from gateway_sim.scenarios.judge.limits import AT_ONCE_S
from gateway_sim.scenarios.judge.wilson import wilson

TROUBLED: Final = PREEMPTED | OVERLOADED


@dataclass(frozen=True)
class AfterDeletion:
    """How many of a pair's runs met a deletion, how many of these ended with an error in time, and the longest wait.

    A run that completed or hung has no error and counts as late.
    """

    runs: int
    in_time: int
    longest_s: float | None


@dataclass(frozen=True)
class PairSummary:
    """One pair's shares, with their 95 % Wilson intervals, and its prices in seconds and requests a run.

    `alive` counts the runs whose job lived to the end; of these, `finished` completed, and `kept` also kept every
    promise. `unexercised` completed without the events of their race, for instance because no stale replica was asked:
    they prove nothing. `broken_by_gateway` finished and broke one promise, which only a gateway can keep. `pod_`
    figures leave out the races in which the pod dies, or gateway or pod is overloaded. `anomalies` counts the runs that
    showed each anomaly.
    """

    client: str
    gateway: str
    runs: int
    alive: int
    finished: int
    kept: int
    unexercised: int
    broken_by_gateway: int
    share: float
    low: float
    high: float
    pod_alive: int
    pod_kept: int
    pod_unexercised: int
    pod_peak: int
    first_step_s: float | None
    happy_s: float | None
    deleted: AfterDeletion
    replaced: AfterDeletion
    wasted: float
    peak: int
    probes: float
    strong_reads: float
    twice: int
    anomalies: dict[str, int]
    front: bool = False

    @property
    def told_s(self) -> float | None:
        """The longest time from a deletion without a successor to the run's error."""
        return self.deleted.longest_s


def pair_summaries(found: Iterable[Score]) -> list[PairSummary]:
    """Return each pair's summary, best first, with those on the Pareto front marked."""
    by_pair: dict[tuple[str, str], list[Score]] = {}
    for score in found:
        by_pair.setdefault((score.client, score.gateway), []).append(score)
    ranked = [_summary(client, gateway, of_pair) for (client, gateway), of_pair in by_pair.items()]
    marked = [replace(one, front=not any(_dominates(other, one) for other in ranked)) for one in ranked]
    return sorted(marked, key=lambda s: (-s.share, s.twice, s.told_s or 0.0, s.wasted))


def _summary(client: str, gateway: str, of_pair: Sequence[Score]) -> PairSummary:
    alive = [s for s in of_pair if s.race not in ENDED]
    kept = [s for s in alive if s.finished and s.verdict == "kept"]
    unexercised = [s for s in alive if s.finished and s.verdict == "not_exercised"]
    finished = sum(s.finished for s in alive)
    low, high = wilson(finished, len(alive))
    return PairSummary(
        client,
        gateway,
        len(of_pair),
        len(alive),
        finished,
        len(kept),
        len(unexercised),
        sum(s.finished and s.broke == (KEPT_BY_GATEWAYS.get(s.race),) for s in alive),
        round(finished / len(alive), 6) if alive else 0.0,
        round(low, 6),
        round(high, 6),
        sum(s.race not in TROUBLED for s in alive),
        sum(s.race not in TROUBLED for s in kept),
        sum(s.race not in TROUBLED for s in unexercised),
        max((s.peak for s in of_pair if s.race not in TROUBLED), default=0),
        _median(s.first_step_s for s in alive),
        _median(s.first_step_s for s in alive if s.race == "healthy"),
        _after(s for s in of_pair if s.race == DELETED),
        _after(s for s in of_pair if s.race == REPLACED),
        round(sum(s.wasted for s in of_pair) / len(of_pair), 3),
        max(s.peak for s in of_pair),
        round(sum(s.probes for s in of_pair) / len(of_pair), 3),
        round(sum(s.strong_reads for s in of_pair) / len(of_pair), 3),
        sum(s.twice for s in of_pair),
        dict(sorted(Counter(name for s in of_pair for name in s.anomalies).items())),
    )


def _after(scores: Iterable[Score]) -> AfterDeletion:
    waits = [s.told_s for s in scores]
    known = [wait_s for wait_s in waits if wait_s is not None]
    return AfterDeletion(len(waits), sum(wait_s <= AT_ONCE_S for wait_s in known), max(known, default=None))


def _price(s: PairSummary) -> tuple[float, ...]:
    """Return the prices; small is good."""
    return (-s.share, s.twice, s.told_s or 0.0, s.peak, s.wasted, s.probes, s.strong_reads, s.first_step_s or 1e9)


def _dominates(one: PairSummary, other: PairSummary) -> bool:
    mine, theirs = _price(one), _price(other)
    return mine != theirs and all(m <= t for m, t in zip(mine, theirs, strict=True))


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(statistics.median(known), 3) if known else None


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
