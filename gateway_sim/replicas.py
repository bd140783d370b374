"""Which state of the table a reader sees. The table's history is the truth; a view picks what of it is visible."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import ClassVar, Protocol

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

    def settles_at_s(self, change: Dated, lags: Lags) -> float:
        """Return the second from which on every read shows the change; infinite if none ever does."""
        ...

    @property
    def wavers(self) -> bool:
        """Say whether reads disagree about a change until it has settled."""
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

    def copy(self) -> Lags:
        """Return a copy that makes the same draws: for asking what another view would have shown."""
        other = Lags(random.Random())
        other.rng.setstate(self.rng.getstate())
        other._drawn.update(self._drawn)
        return other


@dataclass(frozen=True)
class Fresh:
    """Sees every change at once, as a strongly consistent read does."""

    wavers: ClassVar[bool] = False

    def sees(self, change: Dated, now_s: float, lags: Lags) -> bool:
        """See all that was written by now."""
        return change.at_s <= now_s

    def settles_at_s(self, change: Dated, lags: Lags) -> float:
        """Settle at once."""
        return change.at_s


@dataclass(frozen=True)
class Lagging:
    """Sees each change late, by a law."""

    law: Law

    def sees(self, change: Dated, now_s: float, lags: Lags) -> bool:
        """See what is old enough."""
        return self.law.shows(now_s - change.at_s, lags.of(self.law, change), lags.rng)

    def settles_at_s(self, change: Dated, lags: Lags) -> float:
        """Settle as the law says."""
        return change.at_s + self.law.settles_s(lags.of(self.law, change))

    @property
    def wavers(self) -> bool:
        """As the law."""
        return self.law.wavers


@dataclass(frozen=True)
class Partitioned:
    """Sees nothing that was written after `since_s`: cut off, or restarted on an old snapshot."""

    wavers: ClassVar[bool] = False

    since_s: float

    def sees(self, change: Dated, now_s: float, lags: Lags) -> bool:
        """See what was written before the cut."""
        return change.at_s <= self.since_s

    def settles_at_s(self, change: Dated, lags: Lags) -> float:
        """Settle at once, or never."""
        return change.at_s if change.at_s <= self.since_s else math.inf


@dataclass(frozen=True)
class Turn:
    """How a replica sees the table from `at_s` on."""

    at_s: float
    view: View
    cuts: tuple[Partitioned, ...]

    def settles_at_s(self, change: Dated, lags: Lags) -> float:
        """Return the second from which on every read shows the change through the view and all cuts."""
        return max(looker.settles_at_s(change, lags) for looker in (self.view, *self.cuts))


class Replica:
    """One gateway replica's knowledge of the routes; its view may be turned while it runs.

    `cuts` hide the table on top of that: a change is seen only if the view and every cut show it.
    `view_changes`, `lessons` (strong reads) and `blind` (windows of the negative cache) are logs, so that the timeline
    can be rebuilt after the run without slowing reads. `lagged` and `cut_off` count the reads that showed less than the
    table held: because the view was late, or only because of a cut.
    """

    def __init__(self, name: str, history: History, view: View, rng: random.Random) -> None:
        self.name = name
        self.view = view
        self.cuts: tuple[Partitioned, ...] = ()
        self.history = history
        self.lags = Lags(rng)
        self.view_changes: list[Turn] = [Turn(-math.inf, view, ())]
        self.lessons: list[tuple[float, Route]] = []
        self.blind: list[tuple[RouteKey, float, float]] = []
        self.lagged = 0
        self.cut_off = 0
        self._learned: dict[RouteKey, Route] = {}

    def turn(self, view: View, now_s: float) -> None:
        """See the table otherwise from `now_s` on."""
        self.view = view
        self._note(now_s)

    def cut(self, partition: Partitioned, now_s: float) -> None:
        """Hide from `now_s` on what the partition hides, whatever the view shows."""
        self.cuts += (partition,)
        self._note(now_s)

    def mend(self, partition: Partitioned, now_s: float) -> None:
        """Take one such cut away."""
        place = self.cuts.index(partition)
        self.cuts = self.cuts[:place] + self.cuts[place + 1 :]
        self._note(now_s)

    def _note(self, now_s: float) -> None:
        self.view_changes.append(Turn(now_s, self.view, self.cuts))

    def learn(self, route: Route, now_s: float) -> None:
        """Keep a route that was read strongly, until the replica itself sees a newer one."""
        known = self._learned.get(route.key)
        self._learned[route.key] = max(route, known or route, key=age)
        if self._learned[route.key] != known:
            self.lessons.append((now_s, route))

    def peek(self, key: RouteKey, now_s: float) -> Route | None:
        """Return what a read would, without counting or caching it."""
        return self._look(key, now_s)

    def read(self, key: RouteKey, now_s: float) -> Route | None:
        """Return the newest route for `key` that this replica sees at `now_s`: None, a live one, or a tombstone."""
        seen = self._look(key, now_s)
        changes = self.history.of(key)
        if changes and seen is not changes[-1].route:
            self._count(key, seen, now_s)
        return seen

    def _look(self, key: RouteKey, now_s: float) -> Route | None:
        seen = None
        for change in reversed(self.history.of(key)):
            if self._sees(change, now_s):
                seen = change.route
                break
        return _newer(seen, self._learned.get(key))

    def _count(self, key: RouteKey, seen: Route | None, now_s: float) -> None:
        """Count a read that showed less than had been written, as lagged if the lag alone hid it, else as cut off."""
        written = [change for change in self.history.of(key) if change.at_s <= now_s]
        if not written or _newer(seen, written[-1].route) == seen:
            return
        if self.cuts:
            lags = self.lags.copy()
            shown = (change.route for change in reversed(written) if self.view.sees(change, now_s, lags))
            if _newer(seen, next(shown, None)) != seen:
                self.cut_off += 1
                return
        self.lagged += 1

    def _sees(self, change: Dated, now_s: float) -> bool:
        if self.cuts and not all(cut.sees(change, now_s, self.lags) for cut in self.cuts):
            return False
        return self.view.sees(change, now_s, self.lags)


def _newer(one: Route | None, other: Route | None) -> Route | None:
    """Return the newer of two, the first where they are of one age."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=age)


def age(route: Route) -> tuple[int, int]:
    """Order the states that a route goes through: generation by generation, each PENDING, READY, then a tombstone."""
    return route.generation, ("PENDING", "READY", "TOMBSTONE").index(route.state)
