"""The retry loops of SDKs as records, and the one pure function that reads them.

The SDKs put two loops around a call. The inner one is the HTTP client's: it repeats one request under one idempotency
key and obeys the answer's headers. The outer one is tinker's: it repeats the inner loop, each time under a new key, and
ignores headers. Polling for a result uses neither loop; it has a table of its own.
"""

import random
from dataclasses import dataclass
from typing import Final

from gateway_sim.client.sdk.errors import error_class
from gateway_sim.client.sdk.failures import Failure


@dataclass(frozen=True)
class After:
    """Send it again after a wait drawn from `low_s` to `high_s`."""

    low_s: float
    high_s: float

    def draw_s(self, rng: random.Random) -> float:
        """Draw the wait; a single value needs no draw."""
        return rng.uniform(self.low_s, self.high_s) if self.high_s > self.low_s else self.high_s


@dataclass(frozen=True)
class GiveUp:
    """Raise the failure as `error`."""

    error: type[Exception]


@dataclass(frozen=True)
class Backoff:
    """Waits that double from `first_s` up to `longest_s`; each is drawn from `jitter_low` times that value up to it."""

    first_s: float
    longest_s: float
    jitter_low: float = 1.0

    def window(self, attempt: int) -> After:
        """Return the wait before retry number `attempt`, counted from 0."""
        # a larger exponent would overflow, and the limit applies long before
        high_s = min(self.first_s * 2.0 ** min(attempt, 60), self.longest_s)
        return After(high_s * self.jitter_low, high_s)


AT_ONCE: Final = Backoff(0.0, 0.0)


@dataclass(frozen=True)
class Loop:
    """A retry loop: what it retries, how long it waits, when it stops, and what it raises then.

    It retries answers whose status is in `statuses`, 5xx if `server_errors`, any status if `any_status`, and calls
    without an answer whose kind is in `lost`. It stops after `retries` (None: no limit) and when `budget_s` has passed
    since its first request; the last wait ends with the budget. A `Retry-After` of at most `retry_after_longest_s`
    replaces the backoff; None ignores the header. `heeds_should_retry` lets `x-should-retry` overrule the statuses.
    `raises` None means the error class of the status.
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

    def retries_after(self, failure: Failure) -> bool:
        """Whether this loop retries such a failure at all."""
        if failure.status is None:
            return failure.kind in self.lost
        if self.heeds_should_retry and failure.should_retry is not None:
            return failure.should_retry
        known = failure.status in self.statuses or (self.server_errors and failure.status >= 500)
        return known or self.any_status


def next_step(loop: Loop, failure: Failure, attempt: int, elapsed_s: float) -> After | GiveUp:
    """Decide what follows a failure: `attempt` retries were made so far, `elapsed_s` since the loop's first request."""
    spent = (loop.retries is not None and attempt >= loop.retries) or (
        loop.budget_s is not None and elapsed_s >= loop.budget_s
    )
    if spent or not loop.retries_after(failure):
        return GiveUp(loop.raises or error_class(failure))
    if (
        loop.retry_after_longest_s is not None
        and failure.retry_after_s is not None
        and 0 < failure.retry_after_s <= loop.retry_after_longest_s
    ):
        return After(failure.retry_after_s, failure.retry_after_s)
    wait = loop.backoff.window(attempt)
    if loop.budget_s is None:
        return wait
    left_s = loop.budget_s - elapsed_s
    return After(min(wait.low_s, left_s), min(wait.high_s, left_s))
