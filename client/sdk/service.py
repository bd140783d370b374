"""The session with a trainer: a `ServiceClient` opens it, keeps it alive, and makes the clients that work in it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from gateway_sim.client.events import Connected
from gateway_sim.client.sdk.bodies import Json, read
from gateway_sim.client.sdk.calls import Calls, SdkCalls
from gateway_sim.client.sdk.errors import APIConnectionError, APIStatusError, NotFoundError
from gateway_sim.client.sdk.profiles import TINKER_0_15, SdkProfile
from gateway_sim.client.sdk.sampling import SamplingClient
from gateway_sim.client.sdk.session import TrainingClient
from gateway_sim.client.sdk.transport import Transport
from gateway_sim.trainer_pod.protocol import CreateModelResult, CreateSessionResponse, FutureEnvelope
from gateway_sim.trainer_pod.protocol.blocking import Blocking, inline
from gateway_sim.trainer_pod.protocol.sampling import CreateSamplingSessionResponse


class ServiceClient:
    """One session with one trainer, and its heartbeats. `connect` makes it, `close` ends it."""

    def __init__(self, calls: Calls, session_id: str, emit: Callable[[object], None], blocking: Blocking) -> None:
        self.session_id = session_id
        self._calls = calls
        self._emit = emit
        self._blocking = blocking
        self._models = 0
        self._samplers = 0
        self._heartbeat = asyncio.get_running_loop().create_task(self._heartbeats(), name=f"heartbeats of {session_id}")

    @classmethod
    async def connect(
        cls,
        base_url: str,
        api_key: str,
        *,
        transport: Transport,
        rng: random.Random,
        emit: Callable[[object], None],
        profile: SdkProfile = TINKER_0_15,
        blocking: Blocking = inline,
    ) -> ServiceClient:
        """Create a session with the trainer at `base_url`; raises as the profile's connect leg does."""
        return await cls.open(SdkCalls(base_url, api_key, profile, transport, rng, emit), emit, blocking)

    @classmethod
    async def open(cls, calls: Calls, emit: Callable[[object], None], blocking: Blocking) -> ServiceClient:
        """Create a session through these calls, after the profile's `config_routes`."""
        for route, may_be_missing in calls.profile.config_routes.items():
            try:
                await calls.post(route, {"sdk_version": calls.profile.sdk_version})
            except NotFoundError:
                if not may_be_missing:
                    raise
        body: Json = {"tags": [], "user_metadata": {}, "sdk_version": calls.profile.sdk_version, "project_id": None}
        session = read(CreateSessionResponse, await calls.post("create_session", body))
        return cls(calls, session.session_id, emit, blocking)

    async def create_training_client(self, base_model: str, lora_rank: int = 0) -> TrainingClient:
        """Create a model on the trainer and wait for it; `lora_rank` 0 trains all parameters.

        Raises as the connect and poll legs do: a 404 of create_model is a `NotFoundError`, one while its result is
        fetched a ValueError (docs/reference/protocol.md §4.2).
        """
        model_seq_id, self._models = self._models, self._models + 1
        lora = {"rank": lora_rank, "train_mlp": True, "train_attn": True, "train_unembed": True}
        body = {
            "session_id": self.session_id,
            "model_seq_id": model_seq_id,
            "base_model": base_model,
            "lora_config": lora,
            "type": "create_model",
        }
        started_s = asyncio.get_running_loop().time()
        promise = await self._calls.post("create_model", body)
        roundtrip_s = asyncio.get_running_loop().time() - started_s
        made = await self._calls.retrieve(read(FutureEnvelope, promise).request_id, "CreateModel", roundtrip_s)
        model_id = read(CreateModelResult, made).model_id
        client = TrainingClient(self, self._calls, model_id, self._emit, self._blocking)
        if self._calls.profile.info_at_connect:
            await client.get_info()
        self._emit(Connected(model_id))
        return client

    async def create_sampling_client(
        self, model_path: str | None = None, base_model: str | None = None
    ) -> SamplingClient:
        """Open a sampling session on a checkpoint, or without one on a base model; raises as the connect leg does."""
        return SamplingClient(self._calls, await self.open_sampler(model_path, base_model))

    async def open_sampler(self, model_path: str | None = None, base_model: str | None = None) -> str:
        """Open a sampling session and return its id."""
        seq_id, self._samplers = self._samplers, self._samplers + 1
        body = {
            "session_id": self.session_id,
            "sampling_session_seq_id": seq_id,
            "model_path": model_path,
            "base_model": base_model,
            "type": "create_sampling_session",
        }
        answer = await self._calls.post("create_sampling_session", body)
        sampler_id = read(CreateSamplingSessionResponse, answer).sampling_session_id
        rule = self._calls.profile.sampling
        if rule is not None and rule.describes and base_model is None:
            await self._calls.get(f"samplers/{sampler_id}")
        return sampler_id

    async def close(self) -> None:
        """Stop the heartbeats."""
        self._heartbeat.cancel()
        await asyncio.gather(self._heartbeat, return_exceptions=True)

    async def _heartbeats(self) -> None:
        """Send heartbeats; refusals are ignored for ever (docs/reference/protocol.md §1.5)."""
        while True:
            await asyncio.sleep(self._calls.profile.heartbeat_every_s)
            body = {"session_id": self.session_id, "type": "session_heartbeat"}
            try:
                await self._calls.post("session_heartbeat", body)
            except (APIStatusError, APIConnectionError, ValueError):
                continue
