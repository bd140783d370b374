"""The state of the table that a reader sees: a view picks the visible changes of the table's history."""

from __future__ import annotations

import math
import random
from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar, Protocol

from gateway_sim.lag import Law
from gateway_sim.leases import ReaderClock
from gateway_sim.route_table import History, Route, RouteKey


class Dated(Protocol):
    """A change to a route or an item."""

    @property
    def serial(self) -> int:
        """The change's number in its history."""
        ...

    @property
    def at_s(self) -> float:
        """The time of the change, in seconds."""
        ...


class View(Protocol):
    """Decides which changes a replica sees."""

    def sees(self, change: Dated, now_s: float, lags: Lags) -> bool:
        """Say whether the change is visible now."""
        ...

    def settles_at_s(self, change: Dated, lags: Lags) -> float:
        """Return the second at which every read shows the change; infinite if that never happens."""
        ...

    @property
    def wavers(self) -> bool:
        """Say whether reads disagree about a change until it has settled."""
        ...


class Lags:
    """A replica's drawn lags: each change's lag is drawn from the replica's stream at the first read."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self._drawn: dict[tuple[Law, int], float] = {}

    def of(self, law: Law, change: Dated) -> float:
        """Return the lag of a change under a law, in seconds."""
        place = (law, change.serial)
        if place not in self._drawn:
            self._drawn[place] = law.draw(self.rng)
        return self._drawn[place]

    def keep(self, serials: Collection[int]) -> None:
        """Drop the drawn lags of all other changes."""
        self._drawn = {place: lag for place, lag in self._drawn.items() if place[1] in serials}

    def copy(self) -> Lags:
        """Return a copy that draws the same, so that another view can be tried without changing a run."""
        other = Lags(random.Random())
        other.rng.setstate(self.rng.getstate())
        other._drawn.update(self._drawn)
        return other


@dataclass(frozen=True)
class Fresh:
    """Sees every change at once, as a strongly consistent read does."""

    wavers: ClassVar[bool] = False

    def sees(self, change: Dated, now_s: float, lags: Lags) -> bool:
        """See every change so far."""
        return change.at_s <= now_s

    def settles_at_s(self, change: Dated, lags: Lags) -> float:
        """Settle at once."""
        return change.at_s


@dataclass(frozen=True)
class Lagging:
    """Sees each change late, by a law."""

    law: Law

    def sees(self, change: Dated, now_s: float, lags: Lags) -> bool:
        """See a change that is old enough."""
        return self.law.shows(now_s - change.at_s, lags.of(self.law, change), lags.rng)

    def settles_at_s(self, change: Dated, lags: Lags) -> float:
        """Settle by the law."""
        return change.at_s + self.law.settles_s(lags.of(self.law, change))

    @property
    def wavers(self) -> bool:
        """Whether the law does."""
        return self.law.wavers


@dataclass(frozen=True)
class Partitioned:
    """Sees no change after `since_s`: the replica is cut off, or was restarted on an old snapshot."""

    wavers: ClassVar[bool] = False

    since_s: float

    def sees(self, change: Dated, now_s: float, lags: Lags) -> bool:
        """See a change from before the cut."""
        return change.at_s <= self.since_s

    def settles_at_s(self, change: Dated, lags: Lags) -> float:
        """Settle at once, or never."""
        return change.at_s if change.at_s <= self.since_s else math.inf


@dataclass(frozen=True)
class Turn:
    """A replica's view and cuts from `at_s` on."""

    at_s: float
    view: View
    cuts: tuple[Partitioned, ...]

    def settles_at_s(self, change: Dated, lags: Lags) -> float:
        """Return the second at which every read shows the change through the view and all cuts."""
        return max(looker.settles_at_s(change, lags) for looker in (self.view, *self.cuts))


class Replica:
    """One gateway replica's knowledge of the routes; its view may change during a run.

    A change is seen only if the view and all `cuts` show it. `view_changes`, `lessons` (strong reads) and `blind`
    (windows of the negative cache) are logs, so that the timeline can be rebuilt after the run without slowing reads.
    `lagged` and `cut_off` count stale reads: due to the lag of the view, or only due to a cut. `clock` judges leases;
    what `read` and `peek` return is not judged yet.
    """

    def __init__(self, name: str, history: History, view: View, rng: random.Random) -> None:
        self.name = name
        self.view = view
        self.cuts: tuple[Partitioned, ...] = ()
        self.history = history
        self.lags = Lags(rng)
        self.clock = ReaderClock()
        self.view_changes: list[Turn] = [Turn(-math.inf, view, ())]
        self.lessons: list[tuple[float, Route]] = []
        self.blind: list[tuple[RouteKey, float, float]] = []
        self.lagged = 0
        self.cut_off = 0
        self._learned: dict[RouteKey, Route] = {}

    def turn(self, view: View, now_s: float) -> None:
        """Change the view from `now_s` on."""
        self.view = view
        self._note(now_s)

    def cut(self, partition: Partitioned, now_s: float) -> None:
        """Add a cut from `now_s` on."""
        self.cuts += (partition,)
        self._note(now_s)

    def mend(self, partition: Partitioned, now_s: float) -> None:
        """Remove a cut."""
        place = self.cuts.index(partition)
        self.cuts = self.cuts[:place] + self.cuts[place + 1 :]
        self._note(now_s)

    def _note(self, now_s: float) -> None:
        self.view_changes.append(Turn(now_s, self.view, self.cuts))

    def learn(self, route: Route, now_s: float) -> None:
        """Keep a strongly read route until the replica sees a newer one."""
        known = self._learned.get(route.key)
        self._learned[route.key] = max(route, known or route, key=freshness)
        if self._learned[route.key] != known:
            self.lessons.append((now_s, route))

    def peek(self, key: RouteKey, now_s: float) -> Route | None:
        """Return what a read would, without counting or caching it."""
        changes = reversed(self.history.of(key))
        seen = next((change.route for change in changes if self._sees(change, now_s)), None)
        return _newer(seen, self._learned.get(key))

    def read(self, key: RouteKey, now_s: float) -> Route | None:
        """Return the newest route for `key` that this replica sees at `now_s`: None, a live one, or a tombstone."""
        seen = self.peek(key, now_s)
        changes = self.history.of(key)
        if changes and seen is not changes[-1].route:
            self._count(key, seen, now_s)
        return seen

    def _count(self, key: RouteKey, seen: Route | None, now_s: float) -> None:
        """Count a stale read as cut off if only a cut hid the newest change, otherwise as lagged."""
        written = [change for change in self.history.of(key) if change.at_s <= now_s]
        if not written or not _is_older(seen, written[-1].route):
            return
        if self.cuts:
            lags = self.lags.copy()
            shown = (change.route for change in reversed(written) if self.view.sees(change, now_s, lags))
            if _is_older(seen, next(shown, None)):
                self.cut_off += 1
                return
        self.lagged += 1

    def _sees(self, change: Dated, now_s: float) -> bool:
        if self.cuts and not all(cut.sees(change, now_s, self.lags) for cut in self.cuts):
            return False
        return self.view.sees(change, now_s, self.lags)


def _newer(one: Route | None, other: Route | None) -> Route | None:
    """Return the newer of two routes; the first if both have the same age."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=freshness)


def freshness(route: Route) -> tuple[tuple[int, int, bool], float]:
    """Return a sort key by age, then by the end of the lease."""
    return age(route), route.lease_until_s


def _is_older(seen: Route | None, other: Route | None) -> bool:
    """Say whether `seen` is older than `other`; one with an older lease alone is not."""
    return other is not None and (seen is None or age(seen) < age(other))


def age(route: Route) -> tuple[int, int, bool]:
    """Return a sort key for a route's states: by generation, then PENDING, READY, READY and draining, TOMBSTONE."""
    return route.generation, ("PENDING", "READY", "TOMBSTONE").index(route.state), route.draining
