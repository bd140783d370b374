"""How many warm-up probes make "ready" reliable: computed exactly, and simulated with the real parts.

A lag law draws for each gateway replica the moment from which it sees the route. Probes are sent `gap_s` apart,
beginning at RUNNING. Readiness is `n` successes in a row, from the replicas that the balancer picks; it is false while
some replica is still late. The number of late replicas is a Markov chain, and the chance of a success depends on that
number alone, or for a pinned prober on its one replica (docs/reference/findings.md §0). All summands have one sign, so
that the smallest chances keep their digits.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from gateway_sim import lag
from gateway_sim.balancer import PerConnection, PerRequest, Random
from gateway_sim.replicas import Lagging, Replica
from gateway_sim.route_table import History, Route, RouteKey
from gateway_sim.scenarios.sim.errors import SettingsRefused

MOST_PROBES: Final = 1024
"""The most successes in a row that are tried."""
MOST_GAPS: Final = 1000.0
"""The longest lag, in gaps between probes; a chain over more gaps takes minutes."""
SHORT: Final = 1e-12
"""A remainder below this share of the sum is left out."""
NOTHING: Final = 1e-24
"""A remainder below this is left out, however small the sum."""
KEY: Final = RouteKey("acme", "job-1")

Weights = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """A warm-up: the number of replicas, the balancer, and the lag law with its one number; times in seconds.

    Raises `SettingsRefused` for impossible values.
    """

    replicas: int
    balance: str
    law: str
    lag_s: float
    gap_s: float = 1.0

    def __post_init__(self) -> None:
        """Refuse numbers out of range, and a law whose reads are not monotonic."""
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
        """Return the chance that a replica late at the previous probe is late at this one."""
        if probe == 0 or self.lag_s <= 0.0:
            return self.late(0)
        if self.law == "exponential":
            return math.exp(-self.gap_s / self.lag_s)
        before = self.late(probe - 1)
        return self.late(probe) / before if before > 0.0 else 0.0


def false_readiness(question: Question, probes: int, enough: float = math.inf) -> float:
    """Return the chance that `probes` successes in a row come before every replica sees the route.

    The sum ends when the remainder is negligible, or once it reaches `enough`.
    """
    parts = _pinned(question, probes) if question.balance == "per-connection" else _spread(question, probes)
    false = 0.0
    for part, left in parts:
        false += part
        if left <= max(false * SHORT, NOTHING) or false >= enough:
            break
    return false


def probes_needed(question: Question, rate: float) -> int | None:
    """Return the fewest successes in a row that keep false readiness below `rate`; None when `MOST_PROBES` do not.

    The chance falls with each success more, so that the number is found by bisection.
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
    """Return how many probes, each over its own connection, reach every replica, except with a chance below `rate`."""
    _check_rate(rate)
    return next(n for n, missed in enumerate(some_missed(replicas)) if missed < rate)


def some_missed(replicas: int) -> Iterator[float]:
    """Yield the chance that some replica was reached by none of 0, 1, 2, ... evenly drawn connections.

    It is the total weight of the unfinished states of a chain over the number of replicas reached: a sum of chances,
    where inclusion and exclusion would subtract large numbers from each other.
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
    """Return the share of `runs` with false readiness, simulated with the real replicas and balancer."""
    false = 0
    for _ in range(runs):
        history = History()
        history.record(Route(KEY.account, KEY.job, 1, "READY", "pod:1"), 0.0)
        view = Lagging(lag.BY_NAME[question.law](question.lag_s))
        replicas = [Replica(f"gw-{n}", history, view, rng) for n in range(question.replicas)]
        order = Random(rng)
        balancer = PerConnection(order) if question.balance == "per-connection" else PerRequest(order)
        row, k = 0, 0
        while row < probes:
            picked = replicas[balancer.pick(("client", 1), len(replicas))]
            row = row + 1 if picked.read(KEY, k * question.gap_s) is not None else 0
            k += 1
        ready_s = (k - 1) * question.gap_s
        false += any(replica.read(KEY, ready_s) is None for replica in replicas)
    return false / runs


def _check_rate(rate: float) -> None:
    if not 0.0 < rate < 1.0:
        raise SettingsRefused(f"rate is {rate:g}; it must be between 0 and 1")


def _pinned(question: Question, probes: int) -> Iterator[tuple[float, float]]:
    """Yield (chance of false readiness, bound on the rest) for each probe of a prober pinned to one replica."""
    others, before, k = question.replicas - 1, 1.0, 0
    while True:
        late, ready_late = question.late(k), question.late(k + probes - 1)
        some_late = -math.expm1(others * math.log1p(-ready_late)) if ready_late < 1.0 else float(others > 0)
        yield (before - late) * some_late, late * some_late
        before, k = late, k + 1


def _spread(question: Question, probes: int) -> Iterator[tuple[float, float]]:
    """Yield (chance of false readiness, bound on the rest) for each probe, where any replica may answer.

    A weight belongs to a number of late replicas and a row of successes; with no late replica none is false.
    """
    number = question.replicas
    weights = np.zeros((number, probes))
    weights[-1, 0] = 1.0
    fresh = 1.0 - np.arange(1, number + 1)[:, None] / number
    k = 0
    while True:
        weights = _turned(number, question.stays_late(k)) @ weights
        grown = weights * fresh
        false = float(grown[:, -1].sum())
        broken = (weights * (1.0 - fresh)).sum(axis=1)
        weights = np.concatenate([broken[:, None], grown[:, :-1]], axis=1)
        yield false, float(weights.sum())
        k += 1


@lru_cache(maxsize=1)
def _turned(number: int, stay: float) -> Weights:
    """Return the chances that of 1 to `number` late replicas (columns) 1 to `number` (rows) stay late at a probe."""
    then = np.arange(1, number + 1)[:, None]
    chosen: Weights = _ways(number) * stay**then * (1.0 - stay) ** np.maximum(then.T - then, 0)
    return chosen


@lru_cache(maxsize=1)
def _ways(number: int) -> Weights:
    counts = range(1, number + 1)
    return np.array([[float(math.comb(was, now)) for was in counts] for now in counts])
