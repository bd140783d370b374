"""Repeat the lookup before answering 404: the first gateway fix that PR 348 names."""

from dataclasses import dataclass
from typing import ClassVar

from gateway_sim.miss_policies.answers import Miss, Refuse, Wait


@dataclass(frozen=True)
class RetryLookup:
    """Repeats the lookup up to `lookups` times, `gap_s` apart, in the same replica; then 404.

    Each true 404 takes `lookups` times `gap_s` longer and costs `lookups` more eventually consistent reads. A replica
    that lags longer still answers 404, and so does a cache that keeps the miss.
    """

    name: ClassVar[str] = "retry-lookup"

    lookups: int = 5
    gap_s: float = 0.2

    def on_miss(self, miss: Miss) -> Wait | Refuse:
        """Wait while lookups are left, then refuse."""
        if miss.waited_s < self.lookups * self.gap_s - 1e-9:
            return Wait(self.gap_s)
        return Refuse(404, "route-not-found", "Not Found", "Trainer job not found or not running")
