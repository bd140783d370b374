"""The SDK's calls, each repeated as it is until it succeeds, is answered for good, or has nobody left to answer it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from client.events import RetryScheduled
from client.exactly_once.job_monitor import JobMonitor
from client.exactly_once.liveness import JobIdentity, JobLiveness
from client.retry_policies.exactly_once import ExactlyOnce
from client.sdk.bodies import Json
from client.sdk.calls import SdkCalls
from client.sdk.errors import RequestFailedError, failure_of
from client.sdk.failures import Failure
from client.sdk.profiles import LOST, ONCE, CallRule, PollRow, PoolRule, SdkProfile
from client.sdk.retry_loops import Backoff, Loop
from client.sdk.transport import HttpReply, Transport

T = TypeVar("T")

FRESH_POOL: Final = "fresh"
FRESH: Final[Mapping[str, PoolRule]] = {FRESH_POOL: PoolRule(None, 0.0)}
"""The pool that never uses a connection twice; a transport for these calls must have it."""

_POLL: Final = (
    PollRow("not yet", Loop(statuses=frozenset({408}), backoff=Backoff(0.25, 0.25))),
    PollRow("anything else", Loop(any_status=True, lost=LOST, retries=0)),
)


class Replaced(Exception):
    """The job runs as another incarnation than the one these calls were made to."""


def calm(profile: SdkProfile, pool: str | None = None) -> SdkProfile:
    """Return the profile without any of its loops; with `pool`, all its calls go through that one."""

    def quiet(rule: CallRule) -> CallRule:
        return replace(rule, inner=ONCE, outer=ONCE, pool=pool or rule.pool)

    legs = {leg: quiet(rule) for leg, rule in profile.legs.items()}
    routes = {route: quiet(rule) for route, rule in profile.routes.items()}
    return replace(profile, legs=legs, routes=routes, poll=_POLL)


class SteadyCalls(SdkCalls):
    """Calls to one incarnation of a job; each carries its generation, so that no older pod is reached.

    Raises what the SDK would when the job is gone, when the pod's answer is final, or when patience ends, and
    `Replaced` when the job runs anew.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        profile: SdkProfile,
        transport: Transport,
        rng: random.Random,
        emit: Callable[[object], None],
        *,
        trained: JobIdentity,
        policy: ExactlyOnce,
        watch: JobMonitor,
    ) -> None:
        self._calm = calm(profile)
        self._wary = calm(profile, FRESH_POOL)
        self._wary_until_s = 0.0
        super().__init__(base_url, api_key, self._calm, transport, rng, emit)
        self.trained = trained
        self._policy = policy
        self._watch = watch
        self._rng = rng
        self._emit = emit
        if trained.incarnation:
            self._headers["x-route-generation"] = str(trained.incarnation)

    @property
    def profile(self) -> SdkProfile:
        """The rules of the next call: after a refusal, those that make a connection of its own for each."""
        return self._wary if asyncio.get_running_loop().time() < self._wary_until_s else self._calm

    @profile.setter
    def profile(self, profile: SdkProfile) -> None:
        self._calm = profile

    async def post(self, route: str, body: Json, *, seq_id: int | None = None) -> Json:
        """Post the same body until it is answered; beats are sent once."""
        if route in ("session_heartbeat", "telemetry"):
            return await super().post(route, body, seq_id=seq_id)
        send = super().post
        return await self._until_answered(lambda: send(route, body, seq_id=seq_id))

    async def get(self, route: str) -> Json:
        """Get until it is answered."""
        ask = super().get
        return await self._until_answered(lambda: ask(route))

    async def retrieve(self, request_id: str, request_type: str, roundtrip_s: float) -> Json:
        """Poll the same request until its result is there."""
        poll = super().retrieve
        return await self._until_answered(lambda: poll(request_id, request_type, roundtrip_s))

    async def prove(self, route: str, body: Json) -> HttpReply | Failure:
        """Post once over a connection of its own, and return whatever comes back."""
        rule = self._wary.rule_of(route)
        return await self._caller.send_once(self._request("POST", route, rule, body), rule, {})

    async def _until_answered(self, call: Callable[[], Awaitable[T]]) -> T:
        loop = asyncio.get_running_loop()
        refused_s, attempt = None, 0
        while True:
            try:
                return await call()
            except Exception as error:
                failure = failure_of(error)
                refused_s = loop.time() if refused_s is None else refused_s
                if failure is None or self._policy.is_final(failure):
                    if isinstance(error, RequestFailedError) and error.category == "unknown" and await self._replaced():
                        # the work did not fail: its pod ended, and the next one says so
                        raise Replaced from error
                    raise
                if loop.time() - refused_s >= self._policy.patience_s:
                    raise
                self._wary_until_s = loop.time() + self._policy.wary_s
                # "do not come back" is said of a job that is gone, or by a gateway that is wrong: worth a question now
                found = await self._watch.look(self.trained, fresh=failure.should_retry is False)
                if found is JobLiveness.GONE:
                    raise
                if found is JobLiveness.QUEUED and await self._watch.until_running(self.trained) is None:
                    raise
                if found in (JobLiveness.QUEUED, JobLiveness.REPLACED):
                    raise Replaced from error
            wait = self._policy.wait(attempt)
            wait_s = self._rng.uniform(wait.low_s, wait.high_s)
            self._emit(RetryScheduled(failure.leg, wait_s, "policy"))
            await asyncio.sleep(wait_s)
            attempt += 1

    async def _replaced(self) -> bool:
        """Say whether the job has another pod by now, or is on its way to one; silence is no answer, so ask again."""
        asked_s = asyncio.get_running_loop().time()
        while (found := await self._watch.look(self.trained, fresh=True)) is JobLiveness.UNKNOWN:
            if asyncio.get_running_loop().time() - asked_s >= self._policy.patience_s:
                return False
        if found is JobLiveness.QUEUED:
            return await self._watch.until_running(self.trained) is not None
        return found is JobLiveness.REPLACED
