"""What a client connects with, and the way of connecting that it is given."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from client.job_manager import JobStatus, TrainerEndpoint
from client.sdk.calls import Calls, SdkCalls
from client.sdk.profiles import TINKER_0_15, SdkProfile
from client.sdk.session import ServiceClient, TrainingClient
from client.sdk.transport import Transport
from trainer_pod.protocol.blocking import Blocking, inline

Connect = Callable[[TrainerEndpoint, str, int], Awaitable[TrainingClient]]
"""(endpoint, base model, LoRA rank) -> a client on a new model."""


class ProbedJobs(Protocol):
    """Answers one question about a job, or raises."""

    async def probe(self, job: str) -> JobStatus:
        """Return where the job stands."""
        ...


@dataclass(frozen=True)
class Access:
    """What a retry policy makes its connection of; `transport` needs the pools of `profile` and `FRESH`."""

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
    """Return the way of connecting that an SDK profile takes: create_session, then create_model and its result."""

    async def connect(endpoint: TrainerEndpoint, base_model: str, lora_rank: int) -> TrainingClient:
        calls = SdkCalls(endpoint.base_url, api_key, profile, transport, rng, emit)
        return await open_training(calls, emit, blocking, base_model, lora_rank)

    return connect


async def open_training(
    calls: Calls, emit: Callable[[object], None], blocking: Blocking, base_model: str, lora_rank: int
) -> TrainingClient:
    """Open a session and a model by these calls; a session whose model cannot be made is closed again."""
    service = await ServiceClient.open(calls, emit, blocking)
    try:
        return await service.create_training_client(base_model, lora_rank)
    except BaseException:
        await service.close()
        raise
