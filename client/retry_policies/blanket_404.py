"""Retry every 404 for about 90 seconds, without asking what it means (PR 344)."""

from dataclasses import dataclass
from typing import ClassVar

from gateway_sim.client.retry_policies.answers import GiveUp, RetryPolicy
from gateway_sim.client.sdk.failures import Failure
from gateway_sim.client.sdk.retry_loops import After


@dataclass(frozen=True)
class Blanket404(RetryPolicy):
    """Up to six retries of a training call that raised `NotFoundError`.

    It spends its whole budget on a deleted job. It covers neither connecting nor a 404 of a result poll, which is a
    ValueError. A retry is a new request under the next `seq_id` (docs/reference/protocol.md §5, §6).
    """

    name: ClassVar[str] = "blanket-404"

    waits_s: tuple[float, ...] = (2.0, 4.0, 8.0, 16.0, 30.0, 30.0)

    def on_failure(self, failure: Failure, attempt: int) -> After | GiveUp:
        """Wait and call again on a `NotFoundError` while waits are left."""
        if not failure.is_not_found or attempt >= len(self.waits_s):
            return GiveUp()
        return After(self.waits_s[attempt], self.waits_s[attempt])
