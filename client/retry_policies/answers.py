"""The interface of a retry policy, and the three answers that it may give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from gateway_sim.client.sdk.failures import Failure
from gateway_sim.client.sdk.retry_loops import After
from gateway_sim.client.warmup import Warmup

if TYPE_CHECKING:
    from gateway_sim.client.connecting import Access
    from gateway_sim.client.job_manager import TrainerEndpoint
    from gateway_sim.client.sdk.calls import Calls
    from gateway_sim.client.sdk.session import TrainingClient


@dataclass(frozen=True)
class AskControlPlane:
    """Ask the control plane: retry after `then` if it reports the job as running, otherwise raise the failure."""

    then: After


@dataclass(frozen=True)
class GiveUp:
    """Raise the failure to the caller."""


class RetryPolicy(Protocol):
    """A frozen record of settings that decides on failed calls. By default it connects as the SDK does."""

    name: ClassVar[str]

    @property
    def warmup(self) -> Warmup | None:
        """The warm-up to run after connecting; by default none."""
        return None

    def on_failure(self, failure: Failure, attempt: int) -> After | AskControlPlane | GiveUp:
        """Decide on a training call that failed after `attempt` retries; a retry makes the call from its beginning."""
        ...

    def calls(self, access: Access, endpoint: TrainerEndpoint) -> Calls:
        """Return the calls to a trainer; by default the SDK's, with only the SDK's retry loops."""
        from gateway_sim.client.sdk.calls import SdkCalls

        return SdkCalls(endpoint.base_url, access.api_key, access.profile, access.transport, access.rng, access.emit)

    async def connect(
        self, access: Access, endpoint: TrainerEndpoint, base_model: str, lora_rank: int
    ) -> TrainingClient:
        """Open a session and a model on a trainer through `calls`; raises as the connect and poll legs do."""
        from gateway_sim.client.connecting import open_training

        return await open_training(self.calls(access, endpoint), access.emit, access.blocking, base_model, lora_rank)
