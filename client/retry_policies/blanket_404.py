"""Retry any 404 for about 90 seconds, whatever it means (PR 344)."""

from dataclasses import dataclass
from typing import ClassVar

from client.retry_policies.answers import After, GiveUp, RetryPolicy
from client.sdk.failures import Failure


@dataclass(frozen=True)
class Blanket404(RetryPolicy):
    """Up to six retries of a training call that raised `NotFoundError`.

    It spends its whole budget on a job that is gone. It does not see a 404 of a result poll, which is a ValueError, nor
    anything that happens while connecting; and what it retries it runs anew, under the next `seq_id`
    (docs/reference/protocol.md §5, §6).
    """

    name: ClassVar[str] = "blanket-404"

    waits_s: tuple[float, ...] = (2.0, 4.0, 8.0, 16.0, 30.0, 30.0)

    def on_failure(self, failure: Failure, attempt: int) -> After | GiveUp:
        """Wait and call again on a `NotFoundError`, as long as waits are left."""
        if not failure.is_not_found or attempt >= len(self.waits_s):
            return GiveUp()
        return After(self.waits_s[attempt], self.waits_s[attempt])
