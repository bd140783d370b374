"""The retry loops of SDKs as records, and the one pure function that reads them.

The SDKs put two loops around a call. The inner one is the HTTP client's: it repeats one request, with one idempotency
key, and listens to the answer's headers. The outer one is tinker's: it repeats whole rounds of the inner one, each with
a key of its own, and listens to nothing. Fetching a result has neither of them, only a table of its own.
"""

from dataclasses import dataclass
from typing import Final

from client.sdk.errors import error_class
from client.sdk.failures import Failure


@dataclass(frozen=True)
class Again:
    """Send it again after a wait drawn from `low_s` to `high_s`."""

    low_s: float
    high_s: float


@dataclass(frozen=True)
class GiveUp:
    """Raise the failure as `error`."""

    error: type[Exception]


@dataclass(frozen=True)
class Backoff:
    """Waits that double from `first_s` up to `longest_s`, each drawn from `jitter_low` times it up to it."""

    first_s: float
    longest_s: float
    jitter_low: float = 1.0

    def window(self, attempt: int) -> Again:
        """Return the wait before retry number `attempt`, counted from 0."""
        # past 2**60 the limit has long taken over, and a float would overflow
        high_s = min(self.first_s * 2.0 ** min(attempt, 60), self.longest_s)
        return Again(high_s * self.jitter_low, high_s)


AT_ONCE: Final = Backoff(0.0, 0.0)


@dataclass(frozen=True)
class Loop:
    """A retry loop: what it takes up, how long it waits, when it stops, and what it raises then.

    It takes up answers whose status is in `statuses`, 5xx too when `server_errors`, anything when `any_status`, and
    lost calls whose kind is in `lost`. It stops after `retries` (None: never for that reason) and once `budget_s` has
    passed since its first request; the last wait is cut so that it ends with the budget. A `Retry-After` of at most
    `retry_after_longest_s` replaces the backoff; None ignores the header. `heeds_should_retry` lets `x-should-retry`
    overrule the statuses. `raises` None means the error class of the status.
    """

    statuses: frozenset[int] = frozenset()
    server_errors: bool = False
    any_status: bool = False
    lost: frozenset[str] = frozenset()
    backoff: Backoff = AT_ONCE
    retries: int | None = None
    budget_s: float | None = None
    retry_after_longest_s: float | None = None
    heeds_should_retry: bool = False
    raises: type[Exception] | None = None

    def takes_up(self, failure: Failure) -> bool:
        """Whether this loop would retry such a failure at all."""
        if failure.status is None:
            return failure.kind in self.lost
        if self.heeds_should_retry and failure.should_retry is not None:
            return failure.should_retry
        known = failure.status in self.statuses or (self.server_errors and failure.status >= 500)
        return known or self.any_status


def next_step(loop: Loop, failure: Failure, attempt: int, elapsed_s: float) -> Again | GiveUp:
    """Decide what follows a failure: `attempt` retries were made so far, `elapsed_s` since the loop's first request."""
    spent = (loop.retries is not None and attempt >= loop.retries) or (
        loop.budget_s is not None and elapsed_s >= loop.budget_s
    )
    if spent or not loop.takes_up(failure):
        return GiveUp(loop.raises or error_class(failure))
    if (
        loop.retry_after_longest_s is not None
        and failure.retry_after_s is not None
        and 0 < failure.retry_after_s <= loop.retry_after_longest_s
    ):
        return Again(failure.retry_after_s, failure.retry_after_s)
    wait = loop.backoff.window(attempt)
    if loop.budget_s is None:
        return wait
    left_s = loop.budget_s - elapsed_s
    return Again(min(wait.low_s, left_s), min(wait.high_s, left_s))
