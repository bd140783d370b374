"""A replica's lag that counts from the first request of a test's client, which may come long after the publish."""

import math
from dataclasses import dataclass

from gateway_sim.lag import Law
from gateway_sim.replicas import Dated, Lags


@dataclass
class FirstRequest:
    """When the client sent its first request, in seconds of the loop; infinite before."""

    at_s: float = math.inf


@dataclass(frozen=True)
class LaggingFromFirstRequest:
    """Sees each change late, by a law; what it had not seen at `since_s` it sees that late after the first request.

    A change after the first request is seen as late as by `Lagging`.
    """

    law: Law
    since_s: float
    first: FirstRequest

    def sees(self, change: Dated, now_s: float, lags: Lags) -> bool:
        """See a change that is old enough."""
        return self.law.shows(now_s - self._counted_from_s(change, lags), lags.of(self.law, change), lags.rng)

    def settles_at_s(self, change: Dated, lags: Lags) -> float:
        """Settle by the law; never without a request."""
        return self._counted_from_s(change, lags) + self._settles_s(change, lags)

    @property
    def wavers(self) -> bool:
        """Whether the law does."""
        return self.law.wavers

    def _counted_from_s(self, change: Dated, lags: Lags) -> float:
        seen_before = change.at_s + self._settles_s(change, lags) <= self.since_s
        return change.at_s if seen_before else max(change.at_s, self.first.at_s)

    def _settles_s(self, change: Dated, lags: Lags) -> float:
        return self.law.settles_s(lags.of(self.law, change))
