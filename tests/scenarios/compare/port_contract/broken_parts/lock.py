"""Locks, each with one defect."""

from itertools import count
from typing import Any

from gateway_sim.control_plane.data.locks import LeasedLock
from gateway_sim.control_plane.named_items import Item
from gateway_sim.scenarios.orchestration.workloads.sandbox import Sandbox
from tests.scenarios.compare.port_contract.defect import Defect


def _of_lock(kind: type[LeasedLock], saw: str) -> Defect:
    def make(sandbox: Sandbox[Any], *, name: str, lease_s: float) -> LeasedLock:
        return kind(*sandbox.table("locks"), name, lease_s=lease_s)

    return Defect(make, saw)


class GivesToAll(LeasedLock):
    """Gives a held key to the next."""

    def acquire(self, key: str, holder: str, now_s: float) -> int | None:
        """Acquire a key."""
        return super().acquire(key, holder, now_s) or 2


class KnowsItsOwn(LeasedLock):
    """Knows the holders of its own process."""

    numbers = count()

    def _key(self, key: str) -> str:
        return f"{super()._key(key)}/{self.__dict__.setdefault('number', next(self.numbers))}"


class ReadsForEver(LeasedLock):
    """Reads a holder whose lease has ended."""

    def holder(self, key: str, now_s: float) -> str | None:
        """Return the holder."""
        return super().holder(key, 0.0)


class OneKey(LeasedLock):
    """Has one key for all."""

    def _key(self, key: str) -> str:
        return self.name


class OneName(LeasedLock):
    """Has one name for all locks."""

    def _key(self, key: str) -> str:
        return key


class KeepsTheKey(LeasedLock):
    """Says that a key was released, and changes nothing."""

    def release(self, key: str, holder: str) -> bool:
        """Release a key."""
        return True


class NeverEnds(LeasedLock):
    """Has no lease."""

    def acquire(self, key: str, holder: str, now_s: float) -> int | None:
        """Acquire a key."""
        return None if self.holder(key, float("-inf")) else super().acquire(key, holder, now_s)


class Hasty(LeasedLock):
    """Ends a lease two seconds early."""

    def _held(self, item: Item, now_s: float) -> bool:
        return super()._held(item, now_s + 2)


class ForgetsRenewals(LeasedLock):
    """Says that a lease was renewed, and changes nothing."""

    def renew(self, key: str, holder: str, now_s: float) -> bool:
        """Renew a lease."""
        return True


class RenewsAnything(LeasedLock):
    """Renews the lease of a key that has gone to another holder, in the name that asks."""

    def renew(self, key: str, holder: str, now_s: float) -> bool:
        """Renew a lease."""
        return self._items.put(self._key(key), self._item(holder, now_s, 1))


class ReleasesAnothers(LeasedLock):
    """Frees a key for any name that asks."""

    def release(self, key: str, holder: str) -> bool:
        """Release a key."""
        return self._items.put(self._key(key), self._item("", 0.0, 1))


class CountsNothing(LeasedLock):
    """Gives each holder the token 1."""

    def acquire(self, key: str, holder: str, now_s: float) -> int | None:
        """Acquire a key."""
        return super().acquire(key, holder, now_s) and 1


class ForgetsItsToken(LeasedLock):
    """Begins to count anew after each release."""

    def release(self, key: str, holder: str) -> bool:
        """Release a key."""
        return super().release(key, holder) and self._items.put(self._key(key), self._item("", 0.0, 0))


class KeepsItsHolder(LeasedLock):
    """Notes no release but the end of a lease."""

    def release(self, key: str, holder: str) -> bool:
        """Release a key."""
        return self._change(key, holder, holder, -self._lease_s)


DEFECTS = {
    "one-holder": _of_lock(GivesToAll, "to a second run"),
    "clients-see-one-holder": _of_lock(KnowsItsOwn, "to another client"),
    "a-holder-is-read": _of_lock(ReadsForEver, "read [None, 'a', 'a']"),
    "keys-are-apart": _of_lock(OneKey, "beside a held one"),
    "locks-are-apart": _of_lock(OneName, "of another lock"),
    "a-key-is-released": _of_lock(KeepsTheKey, "answered True to the holder, then read a"),
    "a-lease-ends": _of_lock(NeverEnds, "refused a key whose lease had ended"),
    "a-lease-lasts": _of_lock(Hasty, "1 s before its lease ended"),
    "a-renewed-lease-stays": _of_lock(ForgetsRenewals, "answered True to the renewal, and gave the next 2"),
    "a-lost-key-is-not-renewed": _of_lock(RenewsAnything, "read a as the holder"),
    "a-lost-key-is-not-released": _of_lock(ReleasesAnothers, "answered True, and gave the next 2"),
    "a-token-grows": _of_lock(CountsNothing, "gave 1 to a holder, and 1 to its successor"),
    "a-token-outlives-a-release": _of_lock(ForgetsItsToken, "gave 1 to a holder, and 1 to the next"),
    "a-released-key-is-not-renewed": _of_lock(KeepsItsHolder, "answered True, and read a"),
}
"""The defect of each clause."""
