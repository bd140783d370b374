"""The data-plane calls of an SDK to one trainer: post, get, and retrieve a result."""

import asyncio
import json
import random
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Protocol

from gateway_sim.client.sdk.bodies import Json
from gateway_sim.client.sdk.caller import Caller, Request, attempt_headers
from gateway_sim.client.sdk.errors import (
    APIConnectionError,
    RateLimitError,
    RequestFailedError,
    RetryableException,
    failure_of,
)
from gateway_sim.client.sdk.failures import Failure
from gateway_sim.client.sdk.legs import API_PREFIX, leg_of
from gateway_sim.client.sdk.profiles import CallRule, SamplingRule, SdkProfile
from gateway_sim.client.sdk.retry_loops import After, Loop, next_step
from gateway_sim.client.sdk.transport import HttpReply, Transport


class Calls(Protocol):
    """The data-plane calls to one trainer; errors are those of the profile's legs."""

    @property
    def profile(self) -> SdkProfile:
        """The profile of the SDK."""
        ...

    async def post(self, route: str, body: Json, *, seq_id: int | None = None) -> Json:
        """Post a body to a route such as "optim_step" and return the answer."""
        ...

    async def get(self, route: str) -> Json:
        """Get a route such as "list_checkpoints"."""
        ...

    async def retrieve(self, request_id: str, request_type: str, roundtrip_s: float) -> Json:
        """Return the result of a request once it is ready."""
        ...

    async def sample(self, body: Json, numbers: Iterator[int]) -> Json:
        """Ask for the sequences of an asample without a seq_id, and return its result; `numbers` gives the seq_ids."""
        ...

    async def warm_replicas(self, model_id: str) -> bool:
        """Probe until every gateway replica has the route; False if the job is lost."""
        ...


class SdkCalls:
    """The data-plane calls of an SDK profile to one trainer, at `base_url` through the gateway."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        profile: SdkProfile,
        transport: Transport,
        rng: random.Random,
        emit: Callable[[object], None],
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.profile = profile
        self._root = base_url.rstrip("/")
        self._caller = Caller(
            transport, rng, emit, foreign=profile.foreign_errors, empty_400_drops=profile.empty_400_drops
        )
        self._headers = {
            "accept": "application/json",
            "user-agent": profile.user_agent,
            **{name: form.format(key=api_key) for name, form in profile.key_headers.items()},
            **headers,
        }

    async def post(self, route: str, body: Json, *, seq_id: int | None = None) -> Json:
        """Post a body to a route such as "optim_step" and return the answer; raises as the profile says."""
        rule = self.profile.rule_of(route)
        return _object(await self._caller.call(self._request("POST", route, rule, body, seq_id=seq_id), rule))

    async def post_once(self, route: str, body: Json) -> HttpReply | Failure:
        """Post a body once, without retry loops; return the answer or the failure."""
        rule = self.profile.rule_of(route)
        return await self._caller.send_once(self._request("POST", route, rule, body), rule, {})

    async def warm_replicas(self, model_id: str) -> bool:
        """Do nothing: SDKs do not know of gateway replicas."""
        return True

    async def get(self, route: str) -> Json:
        """Get a route such as "list_checkpoints"; raises as the profile says."""
        rule = self.profile.rule_of(route)
        return _object(await self._caller.call(self._request("GET", route, rule, None), rule))

    async def retrieve(self, request_id: str, request_type: str, roundtrip_s: float) -> Json:
        """Poll until the result of a request is ready (docs/reference/protocol.md §1.2, §4.3).

        Raises `RequestFailedError` when the work failed, and ValueError or `RetryableException` by the profile's poll
        table. There is no time limit; a caller may cancel.
        """
        rule = self.profile.rule_of("retrieve_future")
        started_s, iteration, full = asyncio.get_running_loop().time(), 0, False
        met: dict[str, int] = {}
        while True:
            body = {"request_id": request_id, "allow_metadata_only": not full}
            request = self._request("POST", "retrieve_future", rule, body, request_id=request_id)
            headers = {
                **attempt_headers(request, self._caller.idempotency_key(), 0),
                "X-Tinker-Request-Type": request_type,
                "X-Tinker-Request-Iteration": str(iteration),
            }
            if iteration == 0:
                headers["X-Tinker-Create-Promise-Roundtrip-Time"] = str(roundtrip_s)
            outcome = await self._caller.send_once(request, rule, headers)
            iteration += 1
            if isinstance(outcome, Failure):
                row = self.profile.poll_row(outcome)
                met.update(dict.fromkeys(row.clears, 0))
                elapsed_s = asyncio.get_running_loop().time() - started_s
                await self._caller.wait_or_raise(next_step(row.loop, outcome, met.get(row.name, 0), elapsed_s), outcome)
                met[row.name] = met.get(row.name, 0) + 1
                continue
            result = _object(outcome)
            if result.get("type") == "try_again":
                continue
            if result.get("status") == "complete_metadata":
                full = True
                continue
            if "error" in result:
                raise RequestFailedError(str(result["error"]), str(result.get("category", "unknown")))
            return result

    async def sample(self, body: Json, numbers: Iterator[int]) -> Json:
        """Ask for sequences and poll their result, in the loops of the SDK's sampling client; raises as they do."""
        rule, attempt = self._sampling, 0
        try:
            async with asyncio.timeout(rule.progress_s) as limit:
                while True:
                    try:
                        return await self._sampled(body, numbers)
                    except Exception as error:
                        failure = failure_of(error)
                        if failure is None or not _is_asked_anew(error, failure, rule.rounds):
                            raise
                        await self._caller.wait_or_raise(rule.rounds.backoff.window(attempt), failure)
                    attempt += 1
        except TimeoutError:
            if not limit.expired():
                raise
            message = f"no progress was made in {rule.progress_s:g} s"
            raise APIConnectionError(failure=Failure("sample", None, "timeout", message=message)) from None

    @property
    def _sampling(self) -> SamplingRule:
        if self.profile.sampling is None:
            raise NotImplementedError(f"users of {self.profile.name} sample from a deployment, not from the trainer")
        return self.profile.sampling

    async def _sampled(self, body: Json, numbers: Iterator[int]) -> Json:
        """Make one round of a sampling client: the request, again after each 429, and its polls."""
        rule, sampling = self.profile.rule_of("asample"), self._sampling
        number = next(numbers)

        def numbered(seq_id: int) -> Request:
            return self._request("POST", "asample", rule, {**body, "seq_id": seq_id}, seq_id=seq_id)

        def renewed() -> Request:
            return numbered(next(numbers) if sampling.renumbers else number)

        request = numbered(number)
        while True:
            started_s = asyncio.get_running_loop().time()
            try:
                promise = _object(await self._caller.call(request, rule, renewed))
            except RateLimitError as busy:
                await self._caller.wait_or_raise(After(sampling.busy_s, sampling.busy_s), busy.failure)
                request = renewed()
                continue
            roundtrip_s = asyncio.get_running_loop().time() - started_s
            return await self.retrieve(str(promise["request_id"]), "Sample", roundtrip_s)

    def _request(
        self,
        method: str,
        route: str,
        rule: CallRule,
        body: Json | None,
        *,
        seq_id: int | None = None,
        request_id: str | None = None,
    ) -> Request:
        headers = {**self._headers, "x-stainless-read-timeout": f"{rule.timeout_s:g}"}
        if body is not None:
            headers["content-type"] = "application/json"
        # encoded once for all attempts
        content = json.dumps(body).encode() if body is not None else b""
        return Request(leg_of(route), method, self._root, f"{API_PREFIX}{route}", headers, content, seq_id, request_id)


def request_type_of(route: str) -> str:
    """Return a route's request type, which polls state: "SaveWeights" for save_weights."""
    return "".join(word.capitalize() for word in route.split("_"))


def _object(reply: HttpReply) -> Json:
    """Return the JSON object of an answer; raises ValueError for any other content."""
    try:
        content = reply.json()
    except ValueError as error:
        raise ValueError(f"expected JSON, got {reply.body[:80]!r}") from error
    if not isinstance(content, dict):
        raise ValueError(f"expected a JSON object, got {reply.body[:80]!r}")
    return content


def _is_asked_anew(error: Exception, failure: Failure, rounds: Loop) -> bool:
    """Say whether a sampling client begins another round after an error.

    A poll that was given up is a ValueError, which no loop repeats; an expired promise is asked for anew.
    """
    if isinstance(error, RetryableException):
        return True
    return failure.kind not in ("abandoned", "operation") and rounds.retries_after(failure)
