"""How many warm-up probes it takes until "ready" is rarely a lie: computed exactly, and simulated with the real parts.

Each of R gateway replicas sees the route from its own moment on, drawn by a lag law. Probes go out `gap_s` apart from
the moment of RUNNING; readiness is `n` successes in a row from wherever the balancer leads, and it is false while some
replica is still late. How many replicas are late is a Markov chain, since late ones differ by nothing but chance, and a
probe's luck depends on that number alone; where the balancer pins the prober, it is its one replica's (FINDINGS §0).
What is summed has one sign throughout, so that the smallest chances keep their digits.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from gateway_sim import lag
from gateway_sim.balancer import PerConnection, PerRequest, Random
from gateway_sim.replicas import Lagging, Replica
from gateway_sim.route_table import History, Route, RouteKey
from scenarios.sim.errors import SettingsRefused

MOST_PROBES: Final = 1024
"""The longest row of successes that is looked at."""
MOST_GAPS: Final = 1000.0
"""The longest lag in gaps between probes; a chain over more of them takes minutes."""
SHORT: Final = 1e-12
"""What is left of a sum may be left out below this part of it."""
NOTHING: Final = 1e-24
"""What is left of a sum is nothing below this, whatever the sum."""
KEY: Final = RouteKey("acme", "job-1")

Weights = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """Whose warm-up: how many replicas, which balancer, and the lag law with its one number; times are seconds.

    Raises `SettingsRefused` for what no warm-up has.
    """

    replicas: int
    balance: str
    law: str
    lag_s: float
    gap_s: float = 1.0

    def __post_init__(self) -> None:
        """Refuse numbers that mean nothing, and a law that forgets."""
        if self.replicas < 1:
            raise SettingsRefused(f"replicas is {self.replicas}; it must be 1 or more")
        if not 0.0 <= self.lag_s < math.inf:
            raise SettingsRefused(f"lag_s is {self.lag_s:g}; it must be finite, and 0 or more")
        if not 0.0 < self.gap_s < math.inf:
            raise SettingsRefused(f"gap_s is {self.gap_s:g}; it must be finite, and more than 0")
        if self.lag_s > MOST_GAPS * self.gap_s:
            raise SettingsRefused(
                f"lag_s is {self.lag_s / self.gap_s:g} times gap_s; it must be {MOST_GAPS:g} times at most"
            )
        if self.law not in ("fixed", "uniform", "exponential"):
            raise SettingsRefused(
                f"law is {self.law!r}: a read there may be stale after a fresh one, so no number of probes proves "
                "anything"
            )

    def late(self, probe: int) -> float:
        """Return the chance that a replica does not see the route yet when this probe is sent, counted from 0."""
        age_s = probe * self.gap_s
        if self.lag_s <= 0.0:
            return 0.0
        match self.law:
            case "fixed":
                return float(age_s < self.lag_s)
            case "uniform":
                return max(1.0 - age_s / self.lag_s, 0.0)
        return math.exp(-age_s / self.lag_s)

    def stays_late(self, probe: int) -> float:
        """Return the chance that a replica which was late at the probe before is late at this one."""
        if probe == 0 or self.lag_s <= 0.0:
            return self.late(0)
        if self.law == "exponential":
            return math.exp(-self.gap_s / self.lag_s)
        before = self.late(probe - 1)
        return self.late(probe) / before if before > 0.0 else 0.0


def false_readiness(question: Question, probes: int, enough: float = math.inf) -> float:
    """Return the chance that `probes` successes in a row come before every replica sees the route.

    The sum is carried on until what is left cannot be seen in it; it may end once it reaches `enough`.
    """
    parts = _pinned(question, probes) if question.balance == "per-connection" else _spread(question, probes)
    lied = 0.0
    for part, left in parts:
        lied += part
        if left <= max(lied * SHORT, NOTHING) or lied >= enough:
            break
    return lied


def probes_needed(question: Question, rate: float) -> int | None:
    """Return the fewest successes in a row that keep false readiness below `rate`; None when `MOST_PROBES` do not.

    More in a row lie less often: who lies with one more has lied before it.
    """
    _check_rate(rate)

    def suffice(probes: int) -> bool:
        return false_readiness(question, probes, enough=rate) < rate

    low, high = 0, 1
    while not suffice(high):
        if high >= MOST_PROBES:
            return None
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suffice(middle) else (middle, high)
    return high


def coverage_probes(replicas: int, rate: float) -> int:
    """Return how many probes over connections of their own meet every replica, but for a chance below `rate`."""
    _check_rate(rate)
    return next(n for n, missed in enumerate(some_missed(replicas)) if missed < rate)


def some_missed(replicas: int) -> Iterator[float]:
    """Yield the chance that some replica was met by none of 0, 1, 2, ... evenly drawn connections.

    It is what a chain over the number of replicas met has not brought to its end: a sum of chances, where inclusion
    and exclusion would take large numbers from each other.
    """
    met = np.arange(replicas) / replicas
    weights = np.zeros(replicas)
    weights[0] = 1.0
    while True:
        yield float(weights.sum())
        moved = weights * (1.0 - met)
        weights = weights * met
        weights[1:] += moved[:-1]


def simulated(question: Question, probes: int, runs: int, rng: random.Random) -> float:
    """Return the share of runs in which the laboratory's own replicas and balancer lie, out of `runs`."""
    laws: dict[str, Callable[[float], lag.Law]] = {
        "fixed": lag.Fixed,
        "uniform": lambda lag_s: lag.Uniform(0.0, lag_s),
        "exponential": lag.Exponential,
    }
    lies = 0
    for _ in range(runs):
        history = History()
        history.record(Route(KEY.account, KEY.job, 1, "READY", "pod:1"), 0.0)
        view = Lagging(laws[question.law](question.lag_s))
        replicas = [Replica(f"gw-{n}", history, view, rng) for n in range(question.replicas)]
        order = Random(rng)
        balancer = PerConnection(order) if question.balance == "per-connection" else PerRequest(order)
        row, k = 0, 0
        while row < probes:
            picked = replicas[balancer.pick(("client", 1), len(replicas))]
            row = row + 1 if picked.read(KEY, k * question.gap_s) is not None else 0
            k += 1
        ready_s = (k - 1) * question.gap_s
        lies += any(replica.read(KEY, ready_s) is None for replica in replicas)
    return lies / runs


def _check_rate(rate: float) -> None:
    if not 0.0 < rate < 1.0:
        raise SettingsRefused(f"rate is {rate:g}; it must be between 0 and 1")


def _pinned(question: Question, probes: int) -> Iterator[tuple[float, float]]:
    """Yield (chance of a lie, at most what follows) for each probe at which the prober's one replica may turn fresh."""
    others, before, k = question.replicas - 1, 1.0, 0
    while True:
        late, ready_late = question.late(k), question.late(k + probes - 1)
        somebody = -math.expm1(others * math.log1p(-ready_late)) if ready_late < 1.0 else float(others > 0)
        yield (before - late) * somebody, late * somebody
        before, k = late, k + 1


def _spread(question: Question, probes: int) -> Iterator[tuple[float, float]]:
    """Yield (chance of a lie, at most what follows) for each probe where every probe is led to any replica.

    A weight is that of so many late replicas and such a row so far; with none late there is nothing to lie about.
    """
    number = question.replicas
    weights = np.zeros((number, probes))
    weights[-1, 0] = 1.0
    lucky = 1.0 - np.arange(1, number + 1)[:, None] / number
    k = 0
    while True:
        weights = _turned(number, question.stays_late(k)) @ weights
        grown = weights * lucky
        lied = float(grown[:, -1].sum())
        broken = (weights * (1.0 - lucky)).sum(axis=1)
        weights = np.concatenate([broken[:, None], grown[:, :-1]], axis=1)
        yield lied, float(weights.sum())
        k += 1


@lru_cache(maxsize=1)
def _turned(number: int, stay: float) -> Weights:
    """Return the chances that of 1 to `number` late replicas (columns) 1 to `number` (rows) are late one probe on."""
    then = np.arange(1, number + 1)[:, None]
    chosen: Weights = _ways(number) * stay**then * (1.0 - stay) ** np.maximum(then.T - then, 0)
    return chosen


@lru_cache(maxsize=1)
def _ways(number: int) -> Weights:
    counts = range(1, number + 1)
    return np.array([[float(math.comb(was, now)) for was in counts] for now in counts])
