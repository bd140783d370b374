"""The question a retry policy is asked, and the three answers it may give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from client.sdk.failures import Failure
from client.warmup import Warmup

if TYPE_CHECKING:
    from client.connecting import Access
    from client.job_manager import TrainerEndpoint
    from client.sdk.calls import Calls
    from client.sdk.session import TrainingClient


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
    """A frozen record of settings that answers one question. A policy that inherits this connects as its SDK does."""

    name: ClassVar[str]

    @property
    def warmup(self) -> Warmup | None:
        """The warm-up to run after connecting; by default none."""
        return None

    def on_failure(self, failure: Failure, attempt: int) -> After | AskControlPlane | GiveUp:
        """Answer what follows a failed training call after `attempt` retries; a retry runs the whole call anew."""
        ...

    def calls(self, access: Access, endpoint: TrainerEndpoint) -> Calls:
        """Return the calls to a trainer; by default those of the SDK, with its retry loops and none around them."""
        from client.sdk.calls import SdkCalls

        return SdkCalls(endpoint.base_url, access.api_key, access.profile, access.transport, access.rng, access.emit)

    async def connect(
        self, access: Access, endpoint: TrainerEndpoint, base_model: str, lora_rank: int
    ) -> TrainingClient:
        """Open a session and a model on a trainer by `calls`; raises as the connect and poll legs do."""
        from client.connecting import open_training

        calls = self.calls(access, endpoint)
        return await open_training(calls, access.emit, access.blocking, base_model, lora_rank)
