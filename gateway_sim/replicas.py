"""Which past a reader sees. The table's history is the truth; a view only picks what of it can be seen."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Protocol

from gateway_sim.lag import Law
from gateway_sim.route_table import History, Route, RouteKey


class Dated(Protocol):
    """A change of anything: `serial` numbers the changes of one history, `at_s` is when it was made."""

    @property
    def serial(self) -> int:
        """Which change of its history it is."""
        ...

    @property
    def at_s(self) -> float:
        """When it was made."""
        ...


class View(Protocol):
    """Says which changes a replica sees."""

    def sees(self, change: Dated, now_s: float, lags: Lags) -> bool:
        """Say whether the change is visible now."""
        ...


class Lags:
    """A replica's own draws: the lag of each change, drawn when it is first looked at, from the replica's stream."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self._drawn: dict[tuple[Law, int], float] = {}

    def of(self, law: Law, change: Dated) -> float:
        """Return the lag of a change under a law, in seconds."""
        place = (law, change.serial)
        if place not in self._drawn:
            self._drawn[place] = law.draw(self.rng)
        return self._drawn[place]


@dataclass(frozen=True)
class Fresh:
    """Sees every change at once, as a strongly consistent read does."""

    def sees(self, change: Dated, now_s: float, lags: Lags) -> bool:
        """See all that was written by now."""
        return change.at_s <= now_s


@dataclass(frozen=True)
class Lagging:
    """Sees each change late, by a law."""

    law: Law

    def sees(self, change: Dated, now_s: float, lags: Lags) -> bool:
        """See what is old enough."""
        return self.law.shows(now_s - change.at_s, lags.of(self.law, change), lags.rng)


@dataclass(frozen=True)
class Partitioned:
    """Sees nothing that was written after `since_s`: cut off, or restarted on an old snapshot."""

    since_s: float

    def sees(self, change: Dated, now_s: float, lags: Lags) -> bool:
        """See what was written before the cut."""
        return change.at_s <= self.since_s


class Replica:
    """One gateway replica's knowledge of the routes; `view` may be replaced while it runs.

    `cuts` hide the table from it on top of that: nothing is seen that any of them does not show.
    """

    def __init__(self, name: str, history: History, view: View, rng: random.Random) -> None:
        self.name = name
        self.view = view
        self.cuts: list[Partitioned] = []
        self._history = history
        self._lags = Lags(rng)
        self._learned: dict[RouteKey, Route] = {}

    def learn(self, route: Route) -> None:
        """Know a route that someone read strongly, until the replica itself sees a newer one."""
        self._learned[route.key] = max(route, self._learned.get(route.key, route), key=_age)

    def peek(self, key: RouteKey, now_s: float) -> Route | None:
        """Return what a read would, and leave nothing behind: for those who watch the replica."""
        return Replica.read(self, key, now_s)

    def read(self, key: RouteKey, now_s: float) -> Route | None:
        """Return the newest route for `key` that this replica sees at `now_s`: None, a live one, or a tombstone."""
        seen = None
        for change in reversed(self._history.of(key)):
            if self._sees(change, now_s):
                seen = change.route
                break
        learned = self._learned.get(key)
        if seen is None or learned is None:
            return seen or learned
        return max(seen, learned, key=_age)

    def _sees(self, change: Dated, now_s: float) -> bool:
        if self.cuts and not all(cut.sees(change, now_s, self._lags) for cut in self.cuts):
            return False
        return self.view.sees(change, now_s, self._lags)


def _age(route: Route) -> tuple[int, int]:
    """Order the states that a route goes through: generation by generation, each PENDING, READY, then a tombstone."""
    return route.generation, ("PENDING", "READY", "TOMBSTONE").index(route.state)
