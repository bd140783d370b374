"""A concurrency limit: so many holders at once, counted for all schedulers together.

A part is made by `make(sandbox, name=..., limit=..., lease_s=...)`; parts of one name that are made in one sandbox are
clients of one limit. With `lease_s` (seconds; None: without leases) a holder that does not renew loses its place.
Holders have names, new for each attempt of a run. `now_s` is the caller's clock.
"""

from collections.abc import Callable
from typing import Any, Protocol

from gateway_sim.control_plane.events import LimitGivenBack, LimitLeaseEnded, LimitTaken
from gateway_sim.control_plane.scheduling.concurrency import ConcurrencyLimit
from gateway_sim.scenarios.orchestration.workloads.sandbox import Make, Sandbox

NAME = "limit"
TABLE = "limits"


class Limit(Protocol):
    """At most `limit` holders of the limit `name`."""

    def read(self) -> int:
        """Return the number of holders; it may change right afterwards."""
        ...

    def take(self, holder: str, now_s: float) -> bool:
        """Become a holder; False where the limit is reached, or a holder has this name."""
        ...

    def renew(self, holder: str, now_s: float) -> bool:
        """Extend a lease from now on; False where it ended and its place was freed. Called under leases only."""
        ...

    def give_back(self, holder: str) -> bool:
        """Stop being a holder; False for one that has no place."""
        ...

    def reap(self, now_s: float) -> list[str]:
        """Free the places of holders that are gone, as far as the limit knows, and return their names."""
        ...


protocol = Limit


class PartLimit(ConcurrencyLimit):
    """A user's limit, which reports what it did. A place that was taken unasked is none of the user's limit."""

    def __init__(
        self, part: Limit, name: str, limit: int, *, emit: Callable[[object], None], lease_s: float | None
    ) -> None:
        super().__init__(None, TABLE, name, limit, emit=emit, lease_s=lease_s)
        self._part = part
        self._holders: set[str] = set()
        self._unasked = 0

    def read(self) -> int:
        """Return the number of holders, with those that did not ask."""
        return self._part.read() + self._unasked

    def take(self, holder: str = "", now_s: float = 0.0) -> bool:
        """Become a holder of the part."""
        taken = self._part.take(holder, now_s)
        if taken:
            self._holders.add(holder)
            self._emit(LimitTaken(self.name, self._held, self.limit))
        return taken

    def take_unasked(self) -> None:
        """Begin without asking the part."""
        self._unasked += 1
        self._emit(LimitTaken(self.name, self._held, self.limit))

    def renew(self, holder: str, now_s: float) -> bool:
        """Extend a lease."""
        return self._part.renew(holder, now_s)

    def give_back(self, holder: str = "") -> bool:
        """Stop being a holder, of the part or unasked."""
        if holder not in self._holders and self._unasked:
            self._unasked -= 1
        elif not self._part.give_back(holder):
            return False
        self._holders.discard(holder)
        self._emit(LimitGivenBack(self.name, self._held))
        return True

    def reap(self, now_s: float) -> list[str]:
        """Free the places of those that are gone."""
        gone = self._part.reap(now_s)
        for holder in gone:
            self._holders.discard(holder)
            self._emit(LimitLeaseEnded(self.name, holder, self._held))
        return gone

    @property
    def _held(self) -> int:
        return len(self._holders) + self._unasked


def made(
    sandbox: Sandbox[Any], name: str, limit: int, *, emit: Callable[[object], None], lease_s: float | None = None
) -> ConcurrencyLimit:
    """Return the limit of this name: the user's part, or this project's."""
    if (make := sandbox.parts.get(NAME)) is None:
        return ConcurrencyLimit(*sandbox.table(TABLE), name, limit, emit=emit, lease_s=lease_s)
    return PartLimit(make(sandbox, name=name, limit=limit, lease_s=lease_s), name, limit, emit=emit, lease_s=lease_s)


def probe(make: Make, sandbox: Sandbox[Any]) -> object:
    """Make a limit with leases that no story has."""
    return make(sandbox, name="probe", limit=1, lease_s=60.0)


def own(sandbox: Sandbox[Any], *, name: str, limit: int, lease_s: float | None) -> Limit:
    """Make this project's limit, as a part, which reports nothing."""
    return ConcurrencyLimit(*sandbox.table(TABLE), name, limit, emit=lambda event: None, lease_s=lease_s)
