"""Look the route up again before answering 404: the first gateway fix that PR 348 names."""

from dataclasses import dataclass
from typing import ClassVar

from gateway_sim.miss_policies.answers import Miss, Refuse, Wait


@dataclass(frozen=True)
class RetryLookup:
    """Looks up to `lookups` times more, `gap_s` apart, in the same replica; then 404.

    It costs every true 404 `lookups` times `gap_s`, and as many eventually consistent reads. A replica that lags longer
    than that answers 404 all the same, and so does a cache that remembers the miss: it moves the cliff, no more.
    """

    name: ClassVar[str] = "retry-lookup"

    lookups: int = 5
    gap_s: float = 0.2

    def on_miss(self, miss: Miss) -> Wait | Refuse:
        """Look again while lookups are left, then refuse."""
        if miss.waited_s < self.lookups * self.gap_s - 1e-9:
            return Wait(self.gap_s)
        return Refuse(404, "route-not-found", "Not Found", "Trainer job not found or not running")
