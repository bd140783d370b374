"""Concurrency limits, each with one defect."""

from typing import Any

from gateway_sim.control_plane.scheduling.concurrency import ConcurrencyLimit
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox
from tests.scenarios.compare.port_contract.defect import Defect


def _of_limit(kind: type[ConcurrencyLimit], saw: str) -> Defect:
    def make(sandbox: Sandbox[Any], *, name: str, limit: int, lease_s: float | None) -> ConcurrencyLimit:
        return kind(*sandbox.table("limits"), name, limit, emit=sandbox.emit, lease_s=lease_s)

    return Defect(make, saw)


class OneTooMany(ConcurrencyLimit):
    """Compares with the limit and one."""

    def __init__(self, client: Any, table: str, name: str, limit: int, **more: Any) -> None:
        super().__init__(client, table, name, limit + 1, **more)


class CountsAlone(ConcurrencyLimit):
    """Counts its own holders."""

    held = 0

    def take(self, holder: str = "", now_s: float = 0.0) -> bool:
        """Take a place."""
        self.held += 1
        return self.held <= self.limit


class KeepsThePlace(ConcurrencyLimit):
    """Takes a place back and gives it to none."""

    def give_back(self, holder: str = "") -> bool:
        """Give a place back."""
        return True


class FreesAll(ConcurrencyLimit):
    """Forgets all holders when one leaves."""

    def give_back(self, holder: str = "") -> bool:
        """Give a place back."""
        while super().give_back(holder):
            pass
        return True


class CountsNone(ConcurrencyLimit):
    """Cannot be read."""

    def read(self) -> int:
        """Count the holders."""
        return 0


class BelowZero(ConcurrencyLimit):
    """Gives back what was never taken."""

    def give_back(self, holder: str = "") -> bool:
        """Give a place back."""
        self._update("ADD held :by", by=-1)
        return True


class OneLimitForAll(ConcurrencyLimit):
    """Counts all limits in one item."""

    def __init__(self, client: Any, table: str, name: str, limit: int, **more: Any) -> None:
        super().__init__(client, table, "one", limit, **more)


class TakesTwice(ConcurrencyLimit):
    """Gives a name as many places as it asks for."""

    def take(self, holder: str = "", now_s: float = 0.0) -> bool:
        """Take a place."""
        return super().take(f"{holder}@{self.read()}", now_s)


class NeverReaps(ConcurrencyLimit):
    """Frees nothing."""

    def reap(self, now_s: float) -> list[str]:
        """Free places."""
        return []


class ForgetsRenewals(ConcurrencyLimit):
    """Says that a lease was renewed, and changes nothing."""

    def renew(self, holder: str, now_s: float) -> bool:
        """Renew a lease."""
        return True


class Hasty(ConcurrencyLimit):
    """Ends a lease two seconds early."""

    def reap(self, now_s: float) -> list[str]:
        """Free places."""
        return super().reap(now_s + 2)


class RenewsAnything(ConcurrencyLimit):
    """Renews a lease that was given away."""

    def renew(self, holder: str, now_s: float) -> bool:
        """Renew a lease."""
        return super().renew(holder, now_s) or True


class GivesAnothersBack(ConcurrencyLimit):
    """Frees a place, no matter which holder asks."""

    def give_back(self, holder: str = "") -> bool:
        """Give a place back."""
        return super().give_back(holder) or self._update("ADD held :by", by=-1) is not None


class TakesWithoutReaping(ConcurrencyLimit):
    """Looks at the count alone."""

    def take(self, holder: str = "", now_s: float = 0.0) -> bool:
        """Take a place."""
        return self._take(holder, now_s)


DEFECTS = {
    "no-more-than-the-limit": _of_limit(OneTooMany, "[True, True, True]"),
    "clients-count-together": _of_limit(CountsAlone, "to another client"),
    "given-back": _of_limit(KeepsThePlace, "True to the holder and False to the next"),
    "one-place-is-freed": _of_limit(FreesAll, "[True, True] to two takers"),
    "holders-are-counted": _of_limit(CountsNone, "read [0, 0, 0]"),
    "nothing-to-give-back": _of_limit(BelowZero, "said that it gave a place back"),
    "limits-are-apart": _of_limit(OneLimitForAll, "refused a place"),
    "a-name-has-one-place": _of_limit(TakesTwice, "[True, True, False]"),
    "a-lease-ends": _of_limit(NeverReaps, "freed none"),
    "a-renewed-lease-stays": _of_limit(ForgetsRenewals, "freed a, b"),
    "a-lease-lasts": _of_limit(Hasty, "freed a, b"),
    "a-lost-lease-is-not-renewed": _of_limit(RenewsAnything, "renewed the lease"),
    "a-lost-place-is-not-given-back": _of_limit(GivesAnothersBack, "answered True to the holder"),
    "a-taker-reaps": _of_limit(TakesWithoutReaping, "refused a place"),
}
"""The defect of each clause."""
