"""Which of a route's several addresses a request goes to: one after the other, without those that failed. Pure.

An address that fails `after` times in a row gets no request for `for_s`, as Envoy's outlier detection does; if all are
ejected, each gets requests again. Connections that fail are counted, and answers of any status are successes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Ejection:
    """Ejects an address for `for_s` seconds after `after` failures in a row (0: never)."""

    after: int = 0
    for_s: float = 30.0


@dataclass(frozen=True)
class Health:
    """The failures in a row of one address, and the second until which it is ejected."""

    failures: int = 0
    ejected_until_s: float = -math.inf

    def failed(self, now_s: float, ejection: Ejection) -> "Health":
        """Return the health after one more failure; an ejection begins the count anew."""
        if ejection.after and self.failures + 1 >= ejection.after:
            return Health(0, now_s + ejection.for_s)
        return replace(self, failures=self.failures + 1)

    def answered(self) -> "Health":
        """Return the health after a success."""
        return replace(self, failures=0)


class Endpoints:
    """One replica's addresses of routes with several, and the health of each."""

    def __init__(self, ejection: Ejection) -> None:
        self._ejection = ejection
        self._health: dict[str, Health] = {}
        self._picks = 0

    def pick(self, addresses: Sequence[str], now_s: float, avoided: str = "") -> str:
        """Return the next address that is not ejected, and not `avoided` if there is another."""
        for address in addresses:
            self._health.setdefault(address, Health())
        sound = [a for a in addresses if self._health[a].ejected_until_s <= now_s and a != avoided]
        chosen = sound or [a for a in addresses if a != avoided] or list(addresses)
        self._picks += 1
        return chosen[self._picks % len(chosen)]

    def failed(self, address: str, now_s: float) -> float:
        """Count a failure; return the seconds for which the address is ejected by it, 0 if it is not."""
        before = self._health.get(address)
        if before is None:
            return 0.0
        after = self._health[address] = before.failed(now_s, self._ejection)
        return self._ejection.for_s if after.ejected_until_s > before.ejected_until_s else 0.0

    def is_failing(self, address: str, now_s: float) -> bool:
        """Say whether the last request to an address failed, or it is ejected."""
        health = self._health.get(address, Health())
        return health.failures > 0 or health.ejected_until_s > now_s

    def answered(self, address: str) -> None:
        """Count a success."""
        if (before := self._health.get(address)) is not None and before.failures:
            self._health[address] = before.answered()
