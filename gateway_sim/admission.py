"""Admission of requests by a gateway replica: so many a second; a few wait, and the others are refused."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from math import ceil

from gateway_sim.events import AdmissionRefused
from gateway_sim.problems import Problem


@dataclass(frozen=True)
class AdmissionRule:
    """How many requests a replica admits: `burst` at once, and `per_s` a second over a long time.

    Up to `queue` requests wait for their turn, each at most `queue_s`. The others are answered `status`, 429 or 503,
    with a `Retry-After` of `retry_after_s` (0: when the queue will have room), as a date if `as_date`.
    """

    per_s: float
    burst: int = 1
    queue: int = 0
    queue_s: float = 0.0
    status: int = 429
    retry_after_s: float = 0.0
    as_date: bool = False


@dataclass
class Turns:
    """The turns that a replica gives under one rule. Pure: `now_s` is an argument, and never decreases."""

    rule: AdmissionRule
    waiting: int = 0
    _full_s: float = 0.0
    """The second at which the burst will be whole again."""

    def wait_s(self, now_s: float) -> float:
        """Return how long a request at `now_s` waits for its turn; 0 while the burst lasts."""
        used_s = max(self._full_s - now_s, 0.0)
        wait_s = used_s - (self.rule.burst - 1) / self.rule.per_s
        # the times of the turns are sums of floats
        return wait_s if wait_s > 1e-9 else 0.0

    def has_room(self, now_s: float) -> bool:
        """Return whether a request at `now_s` is admitted at once, or may wait for its turn."""
        wait_s = self.wait_s(now_s)
        return wait_s == 0.0 or (self.waiting < self.rule.queue and wait_s <= self.rule.queue_s)

    def take(self, now_s: float) -> None:
        """Give a request at `now_s` its turn."""
        self._full_s = max(self._full_s, now_s) + 1.0 / self.rule.per_s

    def told_s(self, now_s: float) -> int:
        """Return the whole seconds after which a refused request may come back, at least 1."""
        late_s = self.rule.retry_after_s or self.wait_s(now_s) - self.rule.queue_s
        return max(ceil(late_s), 1)


@dataclass
class Admission:
    """The rules in force, the newest last, and each replica's turns; `time_of_day_s` is the clock of dates."""

    time_of_day_s: Callable[[], float]
    emit: Callable[[object], None]
    _rules: list[tuple[AdmissionRule, dict[str, Turns]]] = field(default_factory=list)

    def narrow(self, rule: AdmissionRule) -> Callable[[], None]:
        """Put a rule in force, in place of the one before, and return the undo of this call."""
        entry = (rule, dict[str, Turns]())
        self._rules.append(entry)
        return lambda: self._rules.remove(entry)

    async def admit(self, replica: str) -> None:
        """Return at the request's turn. Raises `Problem` if it gets none."""
        if not self._rules:
            return
        rule, replicas = self._rules[-1]
        turns, now_s = replicas.setdefault(replica, Turns(rule)), asyncio.get_running_loop().time()
        if not turns.has_room(now_s):
            told_s = turns.told_s(now_s)
            self.emit(AdmissionRefused(replica, told_s))
            raise self._refused(rule, told_s)
        wait_s = turns.wait_s(now_s)
        turns.take(now_s)
        if wait_s > 0.0:
            turns.waiting += 1
            try:
                await asyncio.sleep(wait_s)
            finally:
                turns.waiting -= 1

    def _refused(self, rule: AdmissionRule, told_s: int) -> Problem:
        # a date has whole seconds, and an earlier one would call the client back too early
        told = formatdate(ceil(self.time_of_day_s() + told_s), usegmt=True) if rule.as_date else str(told_s)
        detail = f"this gateway replica admits {rule.per_s:g} requests a second; come back in {told_s} s"
        return Problem(rule.status, "overloaded", "Gateway overloaded", detail, {"Retry-After": told})
