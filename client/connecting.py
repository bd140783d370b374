"""How a retry policy wants to be connected: as its SDK does, or steadily."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from client.blocking import Blocking, inline
from client.exactly_once.calls import Replaced, SteadyCalls
from client.exactly_once.job_monitor import JobMonitor, ProbedJobs
from client.exactly_once.journal import Journal
from client.exactly_once.liveness import JobIdentity
from client.exactly_once.session import PodSession, SteadyTraining
from client.exactly_once.warm_replicas import Coverage, cover
from client.job_manager import TrainerEndpoint
from client.reconnectable import Connect, connect_by_sdk
from client.retry_policies import ExactlyOnce, RetryPolicy
from client.sdk.errors import ControlPlaneError
from client.sdk.failures import Failure
from client.sdk.profiles import TINKER_0_15, SdkProfile
from client.sdk.session import ServiceClient, TrainingClient
from client.sdk.transport import Transport


def connect_by_policy(
    policy: RetryPolicy,
    jobs: ProbedJobs,
    api_key: str,
    transport: Transport,
    rng: random.Random,
    emit: Callable[[object], None],
    profile: SdkProfile = TINKER_0_15,
    blocking: Blocking = inline,
) -> Connect:
    """Return the way of connecting that suits a policy; `transport` needs the pools of the profile and `FRESH`."""
    if isinstance(policy, ExactlyOnce):
        return connect_steadily(policy, jobs, api_key, transport, rng, emit, profile, blocking)
    return connect_by_sdk(api_key, transport, rng, emit, profile, blocking)


def connect_steadily(
    policy: ExactlyOnce,
    jobs: ProbedJobs,
    api_key: str,
    transport: Transport,
    rng: random.Random,
    emit: Callable[[object], None],
    profile: SdkProfile = TINKER_0_15,
    blocking: Blocking = inline,
) -> Connect:
    """Return the way of connecting that waits out whatever stands between a job and its client."""

    async def connect(endpoint: TrainerEndpoint, base_model: str, lora_rank: int) -> TrainingClient:
        watch = JobMonitor(jobs, endpoint.job, policy, rng, emit)
        trained = JobIdentity(endpoint.uid, endpoint.incarnation)

        async def begin(number: int) -> PodSession:
            nonlocal trained
            while True:
                if number > 0:
                    status = await watch.until_running(trained)
                    if status is None:
                        sentence = f"trainer job {endpoint.job} is gone"
                        raise ControlPlaneError(failure=Failure("control", None, "operation", message=sentence))
                    trained = JobIdentity(trained.uid or status.uid, status.incarnation)
                calls = SteadyCalls(
                    endpoint.base_url, api_key, profile, transport, rng, emit,
                    trained=trained, policy=policy, watch=watch,
                )  # fmt: skip
                try:
                    return await _open(number, calls)
                except Replaced:
                    number += 1

        async def _open(number: int, calls: SteadyCalls) -> PodSession:
            service = await ServiceClient.open(calls, emit, blocking)
            try:
                model_id = (await service.create_training_client(base_model, lora_rank)).model_id
                coverage = Coverage(policy.cover_gap_s, policy.cover_calm_s, policy.cover_s)
                prove = partial(calls.prove, "get_info", {"model_id": model_id})
                if not await cover(coverage, prove, lambda: watch.lost(trained), rng, emit):
                    # gone, queued or elsewhere: a call would be held for nothing, and the watch knows what comes next
                    raise Replaced
            except BaseException:
                await service.close()
                raise
            return PodSession(number, calls, service, model_id)

        return SteadyTraining(await begin(0), begin, Journal(policy.remembered), emit, blocking)

    return connect
