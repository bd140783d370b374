"""The reconnectable client for scripts: blocking calls, run on an event loop in a thread.

The virtual engine never runs this file, since its clock does not control threads.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from gateway_sim.client.connecting import Access, Connect
from gateway_sim.client.exactly_once.calls import FRESH
from gateway_sim.client.job_manager import TrainerJobManager
from gateway_sim.client.reconnectable import DEFAULT_TIMEOUT_S, AsyncReconnectableClient, Jobs
from gateway_sim.client.retry_policies import RetryPolicy
from gateway_sim.client.sdk.bodies import AdamParamsLike, DatumLike
from gateway_sim.client.sdk.profiles import TINKER_0_15, SdkProfile
from gateway_sim.client.sdk.sampling import SamplingClient
from gateway_sim.client.sdk.transport import HttpxTransport, Transport
from gateway_sim.trainer_pod.protocol import (
    ForwardBackwardOutput,
    GetInfoResponse,
    LoadWeightsResult,
    OptimStepOutput,
    SaveWeightsForSamplerResult,
    SaveWeightsResult,
)
from gateway_sim.trainer_pod.protocol.sampling import SampleOutput

if TYPE_CHECKING:
    from gateway_sim.client.sdk.custom_loss import CustomLoss

T = TypeVar("T")


def _ignore(event: object) -> None:
    """Ignore an event."""


async def _in_thread(call: Callable[[], T]) -> T:
    return await asyncio.to_thread(call)


class LoopThread:
    """An event loop that runs in a thread until it is stopped."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop and wait for it; an interrupt cancels it."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._loop.is_closed()

    def stop(self) -> None:
        """End loop and thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


class BlockingSampling:
    """A sampling client whose calls block; it ends with the training client that made it."""

    def __init__(self, thread: LoopThread, client: SamplingClient) -> None:
        self._thread = thread
        self._client = client

    def sample(self, prompt: Sequence[int], sampling_params: Mapping[str, Any], num_samples: int = 1) -> SampleOutput:
        """Draw `num_samples` sequences after the tokens of a prompt."""
        return self._thread.run(self._client.sample(prompt, sampling_params, num_samples))


class ReconnectableClient:
    """`AsyncReconnectableClient`, blocking; the constructor connects, as in the PR. Use it with `with`, or close it.

    Closing the client closes `transport` too, if one is given.
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
        rng: random.Random | None = None,
        emit: Callable[[object], None] = _ignore,
        default_timeout_s: float = DEFAULT_TIMEOUT_S,
        transport: Transport | None = None,
    ) -> None:
        self._transport = transport
        self._thread = LoopThread(f"training client of {job_id}")
        self._client = AsyncReconnectableClient(
            rlor_mgr,
            job_id,
            base_model,
            lora_rank,
            policy=policy,
            connect=connect,
            rng=rng or random.Random(),
            emit=emit,
            default_timeout_s=default_timeout_s,
        )
        try:
            self._thread.run(self._client.connect())
        except BaseException:
            self.close()
            raise

    @classmethod
    def to(
        cls,
        job_id: str,
        base_model: str,
        lora_rank: int = 0,
        *,
        base_url: str,
        api_key: str,
        policy: RetryPolicy,
        gateway_url: str | None = None,
        profile: SdkProfile = TINKER_0_15,
        emit: Callable[[object], None] = _ignore,
        default_timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> ReconnectableClient:
        """Connect over HTTP to a job of the control plane at `base_url`, as the SDK of `profile` does."""
        rng = random.Random()
        transport = HttpxTransport({**profile.pools, **FRESH})
        jobs = TrainerJobManager(base_url, api_key, transport, rng, emit, gateway_url)
        access = Access(jobs, api_key, transport, rng, emit, profile, _in_thread)
        return cls(
            jobs,
            job_id,
            base_model,
            lora_rank,
            policy=policy,
            connect=partial(policy.connect, access),
            emit=emit,
            default_timeout_s=default_timeout_s,
            transport=transport,
        )

    def forward(
        self,
        data: Sequence[DatumLike],
        loss_fn: str = "cross_entropy",
        loss_fn_config: Mapping[str, float] | None = None,
    ) -> ForwardBackwardOutput:
        """Compute outputs and loss of a batch; retried as the policy says."""
        return self._thread.run(self._client.forward(data, loss_fn, loss_fn_config))

    def forward_backward(
        self,
        data: Sequence[DatumLike],
        loss_fn: str = "cross_entropy",
        loss_fn_config: Mapping[str, float] | None = None,
    ) -> ForwardBackwardOutput:
        """Accumulate the gradients of a batch; retried as the policy says."""
        return self._thread.run(self._client.forward_backward(data, loss_fn, loss_fn_config))

    def forward_backward_custom(self, data: Sequence[DatumLike], loss_fn: CustomLoss) -> ForwardBackwardOutput:
        """Accumulate the gradients of the caller's own loss; retried as the policy says."""
        return self._thread.run(self._client.forward_backward_custom(data, loss_fn))

    def optim_step(self, params: AdamParamsLike, grad_accumulation_normalization: str | None = None) -> OptimStepOutput:
        """Apply the accumulated gradients; retried as the policy says."""
        return self._thread.run(self._client.optim_step(params, grad_accumulation_normalization))

    def save_state(self, name: str, timeout_s: float | None = None) -> SaveWeightsResult:
        """Save weights and optimizer state; not retried."""
        return self._thread.run(self._client.save_state(name, timeout_s))

    def save_weights_for_sampler(self, name: str, timeout_s: float | None = None) -> SaveWeightsForSamplerResult:
        """Save the weights for sampling clients; not retried."""
        return self._thread.run(self._client.save_weights_for_sampler(name, timeout_s))

    def create_sampling_client(self, model_path: str) -> BlockingSampling:
        """Return a client that draws from a checkpoint's weights; neither this nor its calls are retried."""
        return BlockingSampling(self._thread, self._thread.run(self._client.create_sampling_client(model_path)))

    def load_state(self, path: str, timeout_s: float | None = None) -> LoadWeightsResult:
        """Load a checkpoint's weights; not retried."""
        return self._thread.run(self._client.load_state(path, timeout_s))

    def load_state_with_optimizer(self, path: str, timeout_s: float | None = None) -> LoadWeightsResult:
        """Load a checkpoint's weights and optimizer state; not retried."""
        return self._thread.run(self._client.load_state_with_optimizer(path, timeout_s))

    def get_info(self) -> GetInfoResponse:
        """Ask the trainer about the model; not retried."""
        return self._thread.run(self._client.get_info())

    def close(self) -> None:
        """End session, connections, loop and thread; may be called again."""
        if self._thread.stopped:
            return
        self._thread.run(self._client.close())
        if self._transport is not None:
            self._thread.run(self._transport.close())
        self._thread.stop()

    def __enter__(self) -> ReconnectableClient:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
