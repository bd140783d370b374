"""A training client that connects to a job by name and retries by a policy: the PR's interface (PR 344, PR 348).

`AsyncReconnectableClient` is the core; `ReconnectableClient` is its blocking form for scripts.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from gateway_sim.client.connecting import Connect
from gateway_sim.client.events import ControlPlaneProbed, RetryScheduled
from gateway_sim.client.job_manager import JobStatus, TrainerEndpoint
from gateway_sim.client.retry_policies import After, AskControlPlane, GiveUp, RetryPolicy
from gateway_sim.client.sdk.bodies import AdamParamsLike, DatumLike
from gateway_sim.client.sdk.errors import failure_of
from gateway_sim.client.sdk.failures import Failure
from gateway_sim.client.sdk.pending import Pending
from gateway_sim.client.sdk.sampling import SamplingClient
from gateway_sim.client.sdk.session import TrainingClient
from gateway_sim.client.verify import Reported, Unanswered, Verdict, judge
from gateway_sim.client.warmup import warm_up
from gateway_sim.trainer_pod.protocol import (
    ForwardBackwardOutput,
    GetInfoResponse,
    LoadWeightsResult,
    OptimStepOutput,
    SaveWeightsForSamplerResult,
    SaveWeightsResult,
)

if TYPE_CHECKING:
    from gateway_sim.client.sdk.custom_loss import CustomLoss

T = TypeVar("T")

DEFAULT_TIMEOUT_S: Final = 3600.0
"""How long a call waits for its result by default: the cookbook's value (docs/reference/protocol.md §6)."""


class Jobs(Protocol):
    """The part of the control plane that a reconnectable client uses; `TrainerJobManager` has it."""

    async def wait_for_existing(self, job: str, timeout_s: float = ...) -> TrainerEndpoint:
        """Wait until the job is ready, and return its endpoint."""
        ...

    async def get(self, job: str) -> JobStatus:
        """Return the job's status."""
        ...


class AsyncReconnectableClient:
    """Trains on the job `job_id`; `policy` decides what is retried.

    Only the four training calls are retried. Connecting, saving, loading, sampling and `get_info` raise the SDK's
    errors, as in the PR. A retry is a new request under the next `seq_id`.
    """

    def __init__(
        self,
        rlor_mgr: Jobs,
        job_id: str,
        base_model: str,
        lora_rank: int = 0,
        *,
        policy: RetryPolicy,
        connect: Connect,
        rng: random.Random,
        emit: Callable[[object], None],
        default_timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> None:
        self.job_id = job_id
        self.policy = policy
        self.endpoint: TrainerEndpoint | None = None
        self._rlor_mgr = rlor_mgr
        self._base_model = base_model
        self._lora_rank = lora_rank
        self._open = connect
        self._rng = rng
        self._emit = emit
        self._default_timeout_s = default_timeout_s
        self._client: TrainingClient | None = None

    async def connect(self) -> None:
        """Wait for the job, create session and model, and run the policy's warm-up if it has one."""
        await self._use_endpoint(await self._rlor_mgr.wait_for_existing(self.job_id, self._default_timeout_s))

    async def forward(
        self,
        data: Sequence[DatumLike],
        loss_fn: str = "cross_entropy",
        loss_fn_config: Mapping[str, float] | None = None,
    ) -> ForwardBackwardOutput:
        """Compute outputs and loss of a batch; retried as the policy says."""
        return await self._train(lambda training: training.forward(data, loss_fn, loss_fn_config))

    async def forward_backward(
        self,
        data: Sequence[DatumLike],
        loss_fn: str = "cross_entropy",
        loss_fn_config: Mapping[str, float] | None = None,
    ) -> ForwardBackwardOutput:
        """Accumulate the gradients of a batch; retried as the policy says."""
        return await self._train(lambda training: training.forward_backward(data, loss_fn, loss_fn_config))

    async def forward_backward_custom(self, data: Sequence[DatumLike], loss_fn: CustomLoss) -> ForwardBackwardOutput:
        """Accumulate the gradients of the caller's own loss; both requests are retried as the policy says."""
        return await self._train(lambda training: training.forward_backward_custom(data, loss_fn))

    async def optim_step(
        self, params: AdamParamsLike, grad_accumulation_normalization: str | None = None
    ) -> OptimStepOutput:
        """Apply the accumulated gradients; retried as the policy says."""
        return await self._train(lambda training: training.optim_step(params, grad_accumulation_normalization))

    async def save_state(self, name: str, timeout_s: float | None = None) -> SaveWeightsResult:
        """Save weights and optimizer state; not retried."""
        return await (await self._training.save_state(name)).result(timeout_s or self._default_timeout_s)

    async def save_weights_for_sampler(self, name: str, timeout_s: float | None = None) -> SaveWeightsForSamplerResult:
        """Save the weights for sampling clients; not retried."""
        pending = await self._training.save_weights_for_sampler(name)
        return await pending.result(timeout_s or self._default_timeout_s)

    async def create_sampling_client(self, model_path: str) -> SamplingClient:
        """Return a client that draws from a checkpoint's weights; neither this nor its calls are retried."""
        return await self._training.create_sampling_client(model_path)

    async def load_state(self, path: str, timeout_s: float | None = None) -> LoadWeightsResult:
        """Load a checkpoint's weights; not retried."""
        return await (await self._training.load_state(path)).result(timeout_s or self._default_timeout_s)

    async def load_state_with_optimizer(self, path: str, timeout_s: float | None = None) -> LoadWeightsResult:
        """Load a checkpoint's weights and optimizer state; not retried."""
        pending = await self._training.load_state_with_optimizer(path)
        return await pending.result(timeout_s or self._default_timeout_s)

    async def get_info(self) -> GetInfoResponse:
        """Ask the trainer about the model; not retried."""
        return await self._training.get_info()

    @property
    def model_id(self) -> str:
        """The model that is trained now; it changes when an exactly-once client follows its job to a new pod."""
        return self._training.model_id

    async def close(self) -> None:
        """Stop the session's heartbeats and cancel pending calls; the client may connect again."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    @property
    def _training(self) -> TrainingClient:
        if self._client is None:
            raise RuntimeError(f"the client of job {self.job_id} is not connected; call connect() first")
        return self._client

    async def _use_endpoint(self, endpoint: TrainerEndpoint) -> None:
        """Open a training client at `endpoint`, and only then warm up: the PR's own order."""
        await self.close()
        self.endpoint = endpoint
        self._client = await self._open(endpoint, self._base_model, self._lora_rank)
        if self.policy.warmup is not None:
            await warm_up(self.policy.warmup, self._training.get_info, self._emit)

    async def _train(self, begin: Callable[[TrainingClient], Awaitable[Pending[T]]]) -> T:
        """Make one of the four training calls; the policy's retries make it again from its beginning."""

        async def call() -> T:
            return await (await begin(self._training)).result(self._default_timeout_s)

        return await self._retry_on_transient_not_found(call)

    async def _retry_on_transient_not_found(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call until it succeeds or the policy gives up; its last error is raised then."""
        attempt = 0
        while True:
            try:
                return await call()
            except Exception as error:
                failure = failure_of(error)
                after = await self._what_next(failure, attempt) if failure is not None else None
                if failure is None or after is None:
                    raise
            wait_s = after.draw_s(self._rng)
            self._emit(RetryScheduled(failure.leg, wait_s, "policy"))
            await asyncio.sleep(wait_s)
            attempt += 1

    async def _what_next(self, failure: Failure, attempt: int) -> After | None:
        """Return the wait before the retry; None if the failure is to be raised."""
        answer = self.policy.on_failure(failure, attempt)
        if isinstance(answer, GiveUp):
            return None
        if isinstance(answer, AskControlPlane):
            return answer.then if judge(await self._probe()) is Verdict.RETRY else None
        return answer

    async def _probe(self) -> Reported | Unanswered:
        """Ask the control plane for the job's state; an error makes the answer `Unanswered`."""
        try:
            status = await self._rlor_mgr.get(self.job_id)
        except Exception as error:
            self._emit(ControlPlaneProbed(None, str(error)))
            return Unanswered()
        self._emit(ControlPlaneProbed(status.state, None))
        return Reported(status.state)
