"""How many warm-up probes it takes until "ready" is rarely a lie: computed exactly, and simulated with the real parts.

Each of R gateway replicas sees the route from its own moment on, drawn by a lag law. Probes go out `gap_s` apart from
the moment of RUNNING; readiness is `n` successes in a row from wherever the balancer leads, and it is false while some
replica is still late. How many replicas are fresh is a Markov chain, since late ones differ by nothing but chance; a
probe's luck depends on that number alone, or, where the balancer pins the prober, on its one replica (FINDINGS §0).
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway_sim import lag
from gateway_sim.balancer import PerConnection, PerRequest, Random
from gateway_sim.replicas import Lagging, Replica
from gateway_sim.route_table import History, Route, RouteKey
from scenarios.world.settings import SettingsRefused

MOST_PROBES: Final = 400
KEY: Final = RouteKey("acme", "job-1")


@dataclass(frozen=True)
class Question:
    """Whose warm-up: how many replicas, which balancer, and the lag law with its one number."""

    replicas: int
    balance: str
    law: str
    lag_s: float
    gap_s: float = 1.0

    def arrived(self, age_s: float) -> float:
        """Return the chance that a replica sees the route at this age. Raises `SettingsRefused` for other laws."""
        match self.law:
            case "fixed":
                return float(age_s >= self.lag_s)
            case "uniform":
                return min(age_s / self.lag_s, 1.0) if self.lag_s > 0 else 1.0
            case "exponential":
                return 1.0 - math.exp(-age_s / self.lag_s) if self.lag_s > 0 else 1.0
        raise SettingsRefused(
            f"law is {self.law!r}: a read there may be stale after a fresh one, so no number of probes proves anything"
        )


def false_readiness(question: Question, probes: int) -> float:
    """Return the chance that `probes` successes in a row come before every replica sees the route."""
    pinned = question.balance == "per-connection"
    others = question.replicas - 1 if pinned else question.replicas
    now: dict[tuple[bool, int, int], float] = {(False, 0, 0): 1.0}
    lied = 0.0
    for k in range(MOST_PROBES):
        then, reached = question.arrived((k - 1) * question.gap_s) if k else 0.0, question.arrived(k * question.gap_s)
        turns = (reached - then) / (1.0 - then) if then < 1.0 else 1.0
        after: dict[tuple[bool, int, int], float] = defaultdict(float)
        for (own, fresh, row), weight in now.items():
            for arrives, chance in _binomial(others - fresh, turns):
                for own_now, own_chance in ((True, 1.0),) if own or not pinned else ((True, turns), (False, 1 - turns)):
                    share = weight * chance * own_chance
                    number = fresh + arrives
                    lucky = float(own_now) if pinned else number / others
                    if row + 1 >= probes:
                        lied += share * lucky * (number < others)
                    else:
                        after[own_now, number, row + 1] += share * lucky
                    after[own_now, number, 0] += share * (1.0 - lucky)
        now = {state: weight for state, weight in after.items() if weight > 1e-15}
        if not now:
            break
    return lied


def probes_needed(question: Question, rate: float) -> int | None:
    """Return the fewest successes in a row that keep false readiness below `rate`; None when `MOST_PROBES` do not."""
    low, high = 1, 2
    while false_readiness(question, high) >= rate:
        low, high = high, high * 2
        if high > MOST_PROBES // 2:
            return None
    if false_readiness(question, 1) < rate:
        return 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if false_readiness(question, middle) < rate else (middle, high)
    return high


def coverage_probes(replicas: int, rate: float) -> int:
    """Return how many probes over connections of their own meet every replica, but for a chance below `rate`.

    Where each probe lands is drawn evenly; the chance to miss one of R in n draws is at most R (1 - 1/R)^n, taken
    exactly by inclusion and exclusion.
    """
    n = replicas
    while _missed(replicas, n) >= rate:
        n += 1
    return n


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


def _binomial(n: int, p: float) -> list[tuple[int, float]]:
    """Return (how many of n, chance) for each that can be."""
    found = [(k, math.comb(n, k) * p**k * (1.0 - p) ** (n - k)) for k in range(n + 1)]
    return [(k, chance) for k, chance in found if chance > 0.0]


def _missed(replicas: int, n: int) -> float:
    """Return the chance that n evenly drawn connections leave some replica out."""
    signed = 0.0
    for k in range(1, replicas + 1):
        signed += (1.0 if k % 2 else -1.0) * math.comb(replicas, k) * (1.0 - k / replicas) ** n
    return min(max(signed, 0.0), 1.0)
