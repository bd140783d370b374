"""Retry nothing: the SDK's errors reach the caller."""

from dataclasses import dataclass
from typing import ClassVar

from gateway_sim.client.retry_policies.answers import GiveUp, RetryPolicy
from gateway_sim.client.sdk.failures import Failure


@dataclass(frozen=True)
class Plain(RetryPolicy):
    """The SDK alone: only the retry loops of its profile."""

    name: ClassVar[str] = "plain"

    def on_failure(self, failure: Failure, attempt: int) -> GiveUp:
        """Give up."""
        return GiveUp()
