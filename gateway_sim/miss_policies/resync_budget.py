"""Read the table strongly within a budget, and remember jobs that it does not have: a negative cache with resyncs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from gateway_sim.miss_policies.answers import AskPrimary, Miss, Refuse, Wait
from gateway_sim.miss_policies.later import HELD, gone, hold_s, not_yet
from gateway_sim.route_table import Route, RouteKey


@dataclass(frozen=True)
class Resyncs:
    """The memory of one replica, in seconds of the loop.

    `spent_s` are the times of the last strong reads. `absent` has the jobs that the table did not have, each with the
    end of the time for which it is remembered.
    """

    spent_s: tuple[float, ...] = ()
    absent: Mapping[RouteKey, float] = field(default_factory=dict)

    def at(self, now_s: float, period_s: float) -> "Resyncs":
        """Return the memory without what has expired."""
        return Resyncs(
            tuple(at_s for at_s in self.spent_s if at_s > now_s - period_s),
            {key: until_s for key, until_s in self.absent.items() if until_s > now_s},
        )

    def without(self, key: RouteKey, until_s: float, most: int) -> "Resyncs":
        """Return the memory that a job is absent until a time; of more than `most` jobs the oldest is forgotten."""
        absent = {**{other: end_s for other, end_s in self.absent.items() if other != key}, key: until_s}
        return replace(self, absent=dict(list(absent.items())[max(0, len(absent) - most) :]))


@dataclass(frozen=True)
class ResyncBudget:
    """At most `resyncs` strong reads in `period_s` for each replica; a job that the table lacks is 404 for a time.

    Misses of one job that share a read spend one. A job without a route, or with a tombstone, is remembered for
    `absent_s`, and its requests get 404 without a read: a storm of calls for dead jobs cannot overload the table.

    A miss beyond the budget gets 503 with a Retry-After of `retry_after_s`, a poll after a hold of `hold_poll_s`; so a
    storm of calls for many dead jobs delays the calls of a live one. A job that is published while it is remembered
    gets 404 until `absent_s` is over, or until the replica itself shows its route: for a client that asks too early,
    the race that strong reads close is open again. At most `most_remembered` jobs are remembered, the latest.
    """

    name: ClassVar[str] = "resync-budget"
    follows_strays: ClassVar[bool] = True
    memory: ClassVar[Resyncs] = Resyncs()

    resyncs: int = 10
    period_s: float = field(default=1.0, metadata={"least": 0.01})
    absent_s: float = 5.0
    hold_poll_s: float = field(default=1.0, metadata=HELD)
    retry_after_s: float = 1.0
    most_remembered: int = field(default=10_000, metadata={"least": 1})

    def on_miss(self, miss: Miss, memory: Resyncs) -> tuple[AskPrimary | Wait | Refuse, Resyncs]:
        """Read strongly if the memory allows it, then decide by the result; return the answer and the next memory."""
        key, known = miss.key, memory.at(miss.at_s, self.period_s)
        if miss.asked_primary or miss.unreadable:
            if miss.asked_primary and _is_absent(miss.seen, miss.at_least):
                return _gone(), known.without(key, miss.at_s + self.absent_s, self.most_remembered)
            return self._later(miss, miss.unreadable or "the pod is not up"), known
        if key in known.absent and _is_absent(miss.seen, miss.at_least):
            return _gone(), known
        if miss.shares_read:
            return AskPrimary(), known
        if len(known.spent_s) < self.resyncs:
            return AskPrimary(), replace(known, spent_s=(*known.spent_s, miss.at_s))
        return self._later(miss, "this gateway replica has used up its strong reads for the moment"), known

    def _later(self, miss: Miss, why: str) -> Wait | Refuse:
        """Hold a poll for a time, since SDKs poll again at once after a 503."""
        if miss.leg == "poll" and miss.waited_s < hold_s("poll", self.hold_poll_s):
            return Wait(self.hold_poll_s - miss.waited_s)
        return not_yet(why, self.retry_after_s)


def _is_absent(seen: Route | None, at_least: int) -> bool:
    return seen is None or (seen.state == "TOMBSTONE" and seen.generation >= at_least)


def _gone() -> Refuse:
    return gone("route-gone", "the route table has no such trainer job, or it was withdrawn")
