"""A sampling client that survives its pod: it draws the same sequences on the job's next pod."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from gateway_sim.client.sdk.bodies import read
from gateway_sim.client.sdk.sampling import SamplingClient, sampling_body
from gateway_sim.trainer_pod.protocol.sampling import SampleOutput

if TYPE_CHECKING:
    from gateway_sim.client.exactly_once.session import PodSession

T = TypeVar("T")


class OnCurrentPod(Protocol):
    """Makes a call on the job's pod of the moment; if that is replaced, on its next pod."""

    async def __call__(self, call: Callable[[PodSession], Awaitable[T]]) -> T:
        """Return the result of the call."""
        ...


class ExactlyOnceSampling(SamplingClient):
    """Draws from one checkpoint; a pod that does not have its sampling session opens one on the same checkpoint.

    A request that is sent again changes nothing, and has the same number as before. So it draws the same tokens, with
    or without a seed.
    """

    def __init__(self, model_path: str, on_current_pod: OnCurrentPod) -> None:
        self._model_path = model_path
        self._on_current_pod = on_current_pod
        self._number = 0
        self._opened_on: PodSession | None = None
        self._opening = asyncio.Lock()

    async def open(self) -> None:
        """Open the sampling session; raises as the connect leg does."""
        await self._on_current_pod(self._session_on)

    async def sample(
        self, prompt: Sequence[int], sampling_params: Mapping[str, Any], num_samples: int = 1
    ) -> SampleOutput:
        """Draw `num_samples` sequences after the tokens of a prompt."""
        number, self._number = self._number, self._number + 1
        body = sampling_body(prompt, sampling_params, num_samples)

        async def drawn(pod: PodSession) -> SampleOutput:
            whole = {"sampling_session_id": await self._session_on(pod), **body}
            return read(SampleOutput, await pod.calls.sample(whole, repeat(number)))

        return await self._on_current_pod(drawn)

    async def _session_on(self, pod: PodSession) -> str:
        """Return the id of the sampling session on a pod, which is opened at the first use."""
        async with self._opening:
            if self._opened_on is not pod:
                self.sampler_id = await pod.client.service.open_sampler(self._model_path)
                self._opened_on = pod
            return self.sampler_id
