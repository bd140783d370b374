"""The question a retry policy is asked, and the three answers it may give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from client.sdk.failures import Failure
from client.warmup import Warmup


@dataclass(frozen=True)
class After:
    """Call again after a wait drawn from `low_s` to `high_s`."""

    low_s: float
    high_s: float


@dataclass(frozen=True)
class AskControlPlane:
    """Ask the control plane first; do `then` if it says that the job runs, and raise the failure if not."""

    then: After


@dataclass(frozen=True)
class GiveUp:
    """Raise the failure to the caller."""


class RetryPolicy(Protocol):
    """A frozen record of settings that answers one question."""

    name: ClassVar[str]

    @property
    def warmup(self) -> Warmup | None:
        """The warm-up to run after connecting, None for none."""
        ...

    def on_failure(self, failure: Failure, attempt: int) -> After | AskControlPlane | GiveUp:
        """Answer what follows a failed training call after `attempt` retries; a retry runs the whole call anew."""
        ...
