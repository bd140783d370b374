"""Connections of a client to a trainer: what they need, and the SDK's way to open one."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from gateway_sim.client.job_manager import JobStatus, TrainerEndpoint
from gateway_sim.client.sdk.calls import Calls, SdkCalls
from gateway_sim.client.sdk.profiles import TINKER_0_15, SdkProfile
from gateway_sim.client.sdk.service import ServiceClient
from gateway_sim.client.sdk.session import TrainingClient
from gateway_sim.client.sdk.transport import Transport
from gateway_sim.trainer_pod.protocol.blocking import Blocking, inline

Connect = Callable[[TrainerEndpoint, str, int], Awaitable[TrainingClient]]
"""(endpoint, base model, LoRA rank) -> a client on a new model."""


class ProbedJobs(Protocol):
    """Reports a job's status, or raises."""

    async def probe(self, job: str) -> JobStatus:
        """Return the job's status."""
        ...


@dataclass(frozen=True)
class Access:
    """What a retry policy needs to connect; `transport` must have the pools of `profile` and of `FRESH`."""

    jobs: ProbedJobs
    api_key: str
    transport: Transport
    rng: random.Random
    emit: Callable[[object], None]
    profile: SdkProfile = TINKER_0_15
    blocking: Blocking = inline


def connect_by_sdk(
    api_key: str,
    transport: Transport,
    rng: random.Random,
    emit: Callable[[object], None],
    profile: SdkProfile = TINKER_0_15,
    blocking: Blocking = inline,
) -> Connect:
    """Return an SDK profile's way to connect: create_session, then create_model and its result."""

    async def connect(endpoint: TrainerEndpoint, base_model: str, lora_rank: int) -> TrainingClient:
        calls = SdkCalls(endpoint.base_url, api_key, profile, transport, rng, emit)
        return await open_training(calls, emit, blocking, base_model, lora_rank)

    return connect


async def open_training(
    calls: Calls, emit: Callable[[object], None], blocking: Blocking, base_model: str, lora_rank: int
) -> TrainingClient:
    """Open a session and a model through these calls; close the session if the model cannot be created."""
    service = await ServiceClient.open(calls, emit, blocking)
    try:
        return await service.create_training_client(base_model, lora_rank)
    except BaseException:
        await service.close()
        raise
