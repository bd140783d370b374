"""Do nothing: what the SDK raises reaches the caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from client.retry_policies.answers import GiveUp
from client.sdk.failures import Failure
from client.warmup import Warmup


@dataclass(frozen=True)
class Plain:
    """The SDK alone, with the loops of its profile and nothing around them."""

    name: ClassVar[str] = "plain"
    warmup: ClassVar[Warmup | None] = None

    def on_failure(self, failure: Failure, attempt: int) -> GiveUp:
        """Give up."""
        return GiveUp()
