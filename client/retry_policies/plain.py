"""Do nothing: what the SDK raises reaches the caller."""

from dataclasses import dataclass
from typing import ClassVar

from client.retry_policies.answers import GiveUp, RetryPolicy
from client.sdk.failures import Failure


@dataclass(frozen=True)
class Plain(RetryPolicy):
    """The SDK alone, with the loops of its profile and nothing around them."""

    name: ClassVar[str] = "plain"

    def on_failure(self, failure: Failure, attempt: int) -> GiveUp:
        """Give up."""
        return GiveUp()
