"""The SDK's calls, each repeated until it succeeds, the answer is final, or the job is gone or has a new pod."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from gateway_sim.client.connecting import Access
from gateway_sim.client.events import RetryScheduled
from gateway_sim.client.exactly_once.job_monitor import JobMonitor
from gateway_sim.client.exactly_once.liveness import JobIdentity, JobLiveness, is_forgotten
from gateway_sim.client.exactly_once.warm_replicas import warm_replicas
from gateway_sim.client.job_manager import TrainerEndpoint
from gateway_sim.client.sdk.bodies import Json, read
from gateway_sim.client.sdk.calls import SdkCalls
from gateway_sim.client.sdk.errors import RequestFailedError, failure_of
from gateway_sim.client.sdk.failures import Failure
from gateway_sim.client.sdk.profiles import LOST, ONCE, CallRule, PollRow, PoolRule, SdkProfile
from gateway_sim.client.sdk.retry_loops import Backoff, Loop
from gateway_sim.trainer_pod.protocol import FutureEnvelope

if TYPE_CHECKING:
    from gateway_sim.client.retry_policies.exactly_once import ExactlyOnce

T = TypeVar("T")

FRESH_POOL: Final = "fresh"
FRESH: Final[Mapping[str, PoolRule]] = {FRESH_POOL: PoolRule(None, 0.0)}
"""The pool that opens a connection for each request; a transport for these calls must have it."""

_POLL: Final = (
    PollRow("not yet", Loop(statuses=frozenset({408}), backoff=Backoff(0.25, 0.25))),
    PollRow("anything else", Loop(any_status=True, lost=LOST, retries=0)),
)


class Replaced(Exception):
    """The pod that these calls are for is gone: the job has another incarnation, or the pod has an empty memory."""


def without_loops(profile: SdkProfile, pool: str | None = None) -> SdkProfile:
    """Return the profile without retry loops; with `pool`, all its calls use that pool."""

    def single(rule: CallRule) -> CallRule:
        return replace(rule, inner=ONCE, outer=ONCE, pool=pool or rule.pool)

    legs = {leg: single(rule) for leg, rule in profile.legs.items()}
    routes = {route: single(rule) for route, rule in profile.routes.items()}
    return replace(profile, legs=legs, routes=routes, poll=_POLL)


def generation_header(trained: JobIdentity) -> dict[str, str]:
    """Return the header by which a gateway sends the request to no older pod than the incarnation's."""
    return {"x-route-generation": str(trained.incarnation)} if trained.incarnation else {}


class ExactlyOnceCalls:
    """Calls to one incarnation of a job, over the SDK's pools or, after a refusal, over new connections.

    A `Retry-After` is heeded on every leg, in seconds and as a date (`ExactlyOnce.longest_told_s`).
    Raises the SDK's error when the job is gone, when the pod's answer is final, or when `patience_s` ends, and
    `Replaced` when the job has a new pod.
    """

    def __init__(
        self, policy: ExactlyOnce, access: Access, endpoint: TrainerEndpoint, monitor: JobMonitor, trained: JobIdentity
    ) -> None:
        self.profile = without_loops(access.profile)
        self._policy = policy
        self._monitor = monitor
        self._trained = trained
        self._rng = access.rng
        self._emit = access.emit
        self._pooled, self._fresh = (
            SdkCalls(
                endpoint.base_url, access.api_key, profile, access.transport, access.rng, access.emit,
                headers=generation_header(trained),
            )
            for profile in (self.profile, without_loops(access.profile, FRESH_POOL))
        )  # fmt: skip
        self._fresh_until_s = 0.0
        self._model_id = ""

    async def post(self, route: str, body: Json, *, seq_id: int | None = None) -> Json:
        """Post the same body until it is answered; a heartbeat is sent once."""
        if route in ("session_heartbeat", "telemetry"):
            return await self._sdk.post(route, body)
        return await self._until_answered(lambda: self._sdk.post(route, body, seq_id=seq_id))

    async def get(self, route: str) -> Json:
        """Get until it is answered."""
        return await self._until_answered(lambda: self._sdk.get(route))

    async def retrieve(self, request_id: str, request_type: str, roundtrip_s: float) -> Json:
        """Poll the same request until its result is ready."""
        return await self._until_answered(lambda: self._sdk.retrieve(request_id, request_type, roundtrip_s))

    async def sample(self, body: Json, numbers: Iterator[int]) -> Json:
        """Ask for the same sequences, under one number, until their result is there."""
        started_s = asyncio.get_running_loop().time()
        number = next(numbers)
        promise = read(FutureEnvelope, await self.post("asample", {**body, "seq_id": number}, seq_id=number))
        return await self.retrieve(promise.request_id, "Sample", asyncio.get_running_loop().time() - started_s)

    async def warm_replicas(self, model_id: str) -> bool:
        """Probe every gateway replica over new connections; False if the incarnation is lost."""
        self._model_id = model_id
        probe = partial(self._fresh.post_once, "get_info", {"model_id": model_id})
        lost = partial(self._monitor.lost, self._trained)
        return await warm_replicas(self._policy, probe, lost, self._rng, self._emit)

    @property
    def _sdk(self) -> SdkCalls:
        """The calls to use now: after a refusal, those over new connections."""
        return self._fresh if asyncio.get_running_loop().time() < self._fresh_until_s else self._pooled

    async def _until_answered(self, call: Callable[[], Awaitable[T]]) -> T:
        loop = asyncio.get_running_loop()
        refused_s, attempt = None, 0
        while True:
            try:
                return await call()
            except Exception as error:
                failure, now_s = failure_of(error), loop.time()
                refused_s = now_s if refused_s is None else refused_s
                if failure is None or self._policy.is_final(failure):
                    unknown = isinstance(error, RequestFailedError) and error.category == "unknown"
                    if unknown and (await self._replaced() or await self._forgotten()):
                        # not a failure of the work: the pod that had it ended, and its successor does not know it
                        raise Replaced from error
                    raise
                if now_s - refused_s >= self._policy.patience_s:
                    raise
                self._fresh_until_s = now_s + self._policy.fresh_after_refusal_s
                not_before_s = now_s + self._policy.told(failure).draw_s(self._rng)
                # `x-should-retry: false`: the job is gone or the gateway is wrong; the control plane knows which
                await self._check_job(error, failure, fresh=failure.should_retry is False)
                await self._wait(error, failure, attempt, not_before_s)
            attempt += 1

    async def _wait(self, refused: Exception, failure: Failure, attempt: int, not_before_s: float) -> None:
        """Wait before a repetition, at least until `not_before_s`, and ask about the job while it takes long.

        Raises as `_check_job`.
        """
        loop = asyncio.get_running_loop()
        wait_s = max(self._policy.wait(attempt).draw_s(self._rng), not_before_s - loop.time())
        self._emit(RetryScheduled(failure.leg, wait_s, "policy"))
        until_s = loop.time() + wait_s
        while wait_s > self._policy.longest_s:
            await asyncio.sleep(self._policy.longest_s)
            await self._check_job(refused, failure, fresh=False)
            wait_s = until_s - loop.time()
        await asyncio.sleep(max(wait_s, 0.0))

    async def _check_job(self, refused: Exception, failure: Failure, *, fresh: bool) -> None:
        """Ask about the job of a refused call. Raises the refusal if it is gone, `Replaced` if it has a new pod."""
        found = await self._monitor.look(self._trained, fresh=fresh)
        if found is JobLiveness.ALIVE and is_forgotten(failure):
            # an old status, or the pod's container was started again
            found = await self._monitor.look(self._trained, fresh=True)
            if found is JobLiveness.ALIVE:
                raise Replaced from refused
        if found is JobLiveness.GONE:
            raise refused
        if found is JobLiveness.QUEUED and await self._monitor.until_running(self._trained) is None:
            raise refused
        if found in (JobLiveness.QUEUED, JobLiveness.REPLACED):
            raise Replaced from refused

    async def _forgotten(self) -> bool:
        """Ask the pod, until it answers, whether it does not know the model any more; True if it was replaced."""
        try:
            await self._until_answered(lambda: self._sdk.post("get_info", {"model_id": self._model_id}))
        except Replaced:
            return True
        except Exception:
            # the job is gone or the patience at its end: the first error says more
            return False
        return False

    async def _replaced(self) -> bool:
        """Say whether the job has a new pod or will get one; ask again while the control plane does not answer."""
        asked_s = asyncio.get_running_loop().time()
        while (found := await self._monitor.look(self._trained, fresh=True)) is JobLiveness.UNKNOWN:
            if asyncio.get_running_loop().time() - asked_s >= self._policy.patience_s:
                return False
        if found is JobLiveness.QUEUED:
            return await self._monitor.until_running(self._trained) is not None
        return found is JobLiveness.REPLACED
