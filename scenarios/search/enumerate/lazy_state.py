"""The state of a small world, decided only when its code looks, and only as far as the code can tell.

Two orders of events that no code can tell apart are one order here. So the delete, and the moments at which replicas
see publish and delete, have no fixed times: each look picks one of the answers that are possible by then. A change that
was seen stays seen. A delete withdraws the route and stops the pod within `delete_s`, and every replica sees a write
within `lag_s`.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from gateway_sim.scenarios.search.enumerate.choices import Choices
from gateway_sim.scenarios.sim.errors import SettingsRefused

PUBLISHED: Final = 1
DELETED: Final = 2
WITHDRAWN: Final = 3
STOPPED: Final = 4
"""The moments of the one job, in order; its route is published from the beginning."""

TABLE: Final = (WITHDRAWN,)
CONTROL_PLANE: Final = (DELETED,)
POD: Final = (STOPPED,)
"""The moments that each observer can tell apart."""

NOTHING, ROUTE, TOMBSTONE = 0, 1, 2


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The bounds of an order.

    A replica sees a write within `lag_s`, and a delete is complete within `delete_s`, both in seconds. Within one call
    an observer's answer may change at `repeats` looks. At most `losses` messages are lost. A `forgetful` pod keeps no
    ledger.
    """

    lag_s: float = 4.0
    delete_s: float = 1.0
    repeats: int = 1
    losses: int = 1
    forgetful: bool = False

    def __post_init__(self) -> None:
        """Refuse bounds that no order can satisfy, or that make an enumeration endless."""
        for name, least, most in (("lag_s", 0, 30), ("delete_s", 0, 30), ("repeats", 1, 3), ("losses", 0, 3)):
            value = getattr(self, name)
            if not least <= value <= most:
                raise SettingsRefused(f"{name} is {value:g}; it must be between {least} and {most}")


class LazyState:
    """The last moment that the job has reached (`truth`), and what each replica sees of it (`seen`).

    `now` is the world's clock; `moved` is called with each moment that is reached. After `bounds.repeats` equal answers
    an observer's answer stays until another observer's changes, the call ends or the lag expires: further repeats add
    no distinguishable order.
    """

    def __init__(
        self, choices: Choices, replicas: int, now: Callable[[], float], moved: Callable[[int], None], bounds: Bounds
    ) -> None:
        self.truth = PUBLISHED
        self.seen = [NOTHING] * replicas
        self._choices = choices
        self._now = now
        self._moved = moved
        self._bounds = bounds
        self._lag_s = bounds.lag_s
        self._losses = bounds.losses
        self._since_s = {PUBLISHED: now()}
        self._looks: Counter[str] = Counter()
        self._calls: dict[str, None] = {}
        self._last = 0

    def call(self, path: str) -> None:
        """Begin a call; a repeated path is the same call."""
        if path not in self._calls:
            self._calls[path] = None
            self._looks.clear()

    def ask(self, who: str, moments: Sequence[int]) -> int:
        """Return how many of `moments`, those that the observer `who` can tell apart, have been reached."""
        self._catch_up()
        come = sum(self.truth >= moment for moment in moments)
        come += self._later(who, len(moments) - come)
        if come:
            self._reach(moments[come - 1])
        return come

    def look(self, replica: int) -> int:
        """Return what a replica sees: NOTHING, ROUTE or TOMBSTONE."""
        self._catch_up()
        seen = self.seen[replica] + self._later(f"replica {replica}", TOMBSTONE - self.seen[replica])
        self.learn(replica, seen)
        return seen

    def learn(self, replica: int, seen: int) -> None:
        """Let a replica see at least this much."""
        self.seen[replica] = max(seen, self.seen[replica])
        if seen == TOMBSTONE:
            self._reach(WITHDRAWN)

    def hurry(self) -> None:
        """End the lag, which is an upper bound."""
        self._lag_s = 0.0

    def balance(self) -> int:
        """Return the replica that answers next; replicas that no code can tell apart count as one."""
        self._catch_up()
        looks = [self._looks[f"replica {n}"] for n in range(len(self.seen))]
        alike = {(seen, looks[n]): n for n, seen in reversed(list(enumerate(self.seen)))}
        fresh = sorted(n for n in alike.values() if looks[n] < self._bounds.repeats)
        if fresh:
            self._last = fresh[self._choices.pick(len(fresh))]
        return self._last

    def loses(self, hop: str) -> bool:
        """Return whether the message on this hop is lost."""
        if not self._losses or self._looks[hop] >= self._bounds.repeats:
            return False
        self._looks[hop] += 1
        lost = bool(self._choices.pick(2))
        if lost:
            self._losses -= 1
            self._looks.clear()
        return lost

    def _later(self, who: str, left: int) -> int:
        further = self._choices.pick(left + 1) if self._looks[who] < self._bounds.repeats else 0
        if further:
            self._looks.clear()
        self._looks[who] += 1
        return further

    def _catch_up(self) -> None:
        """Complete a delete, and show writes to every replica, once they are old enough."""
        before = (self.truth, *self.seen)
        if self._is_past(DELETED, self._bounds.delete_s):
            self._reach(STOPPED)
        withdrawn, published = (self._is_past(moment, self._lag_s) for moment in (WITHDRAWN, PUBLISHED))
        sees = TOMBSTONE if withdrawn else ROUTE if published else NOTHING
        self.seen = [max(sees, seen) for seen in self.seen]
        if (self.truth, *self.seen) != before:
            self._looks.clear()

    def _is_past(self, moment: int, by_s: float) -> bool:
        return moment in self._since_s and self._now() >= self._since_s[moment] + by_s

    def _reach(self, moment: int) -> None:
        while self.truth < moment:
            self.truth += 1
            self._since_s[self.truth] = self._now()
            self._moved(self.truth)
