"""One call on one leg, as the SDK makes it. The only file that runs retry loops; `profiles` says what they decide."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol

from client.events import CallAnswered, CallLost, CallSent, RetryScheduled
from client.sdk.bodies import Json
from client.sdk.errors import RequestFailedError, error_of
from client.sdk.failures import Failure
from client.sdk.legs import API_PREFIX, Leg, leg_of
from client.sdk.profiles import CallRule, SdkProfile
from client.sdk.retry_loops import Again, GiveUp, next_step
from client.sdk.transport import HttpCall, HttpReply, Transport, WireFailure


@dataclass(frozen=True)
class Request:
    """What one call says.

    `seq_id` and `request_id` are only for the trace. `keyed` calls carry the SDK's idempotency key and retry count.
    """

    leg: Leg
    method: str
    root: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    seq_id: int | None = None
    request_id: str | None = None
    keyed: bool = True


class Caller:
    """Sends requests through the two loops of a `CallRule`, and tells the trace of each."""

    def __init__(
        self,
        transport: Transport,
        rng: random.Random,
        emit: Callable[[object], None],
        *,
        foreign: bool = False,
        empty_400_drops: bool = False,
    ) -> None:
        self._transport = transport
        self._rng = rng
        self._emit = emit
        self._foreign = foreign
        self._empty_400_drops = empty_400_drops

    async def call(self, request: Request, rule: CallRule) -> HttpReply:
        """Return the first answer below 400; raises what the rule's outer loop raises when it gives up."""
        loop = asyncio.get_running_loop()
        started_s, rounds = loop.time(), 0
        while True:
            outcome = await self._round(request, rule)
            if isinstance(outcome, HttpReply):
                return outcome
            step = next_step(rule.outer, outcome, rounds, loop.time() - started_s)
            await self.wait_or_raise(step, outcome)
            rounds += 1

    async def send_once(self, request: Request, rule: CallRule, headers: Mapping[str, str]) -> HttpReply | Failure:
        """Send one request and return its answer, or the failure it met."""
        call = HttpCall(
            request.method,
            f"{request.root}{request.path}",
            {**request.headers, **headers},
            request.body,
            rule.timeout_s * rule.times,
        )
        place = request.path.partition("?")[0]
        self._emit(CallSent(request.leg, place, request.seq_id, request.request_id))
        try:
            reply = await self._transport.send(rule.pool, call)
        except WireFailure as lost:
            self._emit(CallLost(request.leg, place, lost.kind))
            return Failure(request.leg, None, lost.kind, message=f"{request.method} {place}: {lost}")
        self._emit(CallAnswered(request.leg, place, reply.status, request.request_id))
        if reply.status == 400 and not reply.body and self._empty_400_drops:
            return Failure(request.leg, None, "dropped", message=f"{request.method} {place} answered 400: no body")
        return reply if reply.status < 400 else _refused(request, place, reply)

    async def wait_or_raise(self, step: Again | GiveUp, failure: Failure) -> None:
        """Do what `next_step` decided: sleep, or raise the failure as the class that it names."""
        if isinstance(step, GiveUp):
            shown = replace(failure, kind="foreign") if self._foreign and failure.kind == "status" else failure
            raise error_of(shown, step.error)
        wait_s = self._rng.uniform(step.low_s, step.high_s) if step.high_s > step.low_s else step.high_s
        if wait_s > 0:
            self._emit(RetryScheduled(failure.leg, wait_s, "sdk"))
        await asyncio.sleep(wait_s)

    def idempotency_key(self) -> str:
        """Draw a key for one request and its inner retries."""
        return f"stainless-python-retry-{self._rng.getrandbits(128):032x}"

    async def _round(self, request: Request, rule: CallRule) -> HttpReply | Failure:
        """Run the inner loop: one request, repeated under one idempotency key."""
        loop = asyncio.get_running_loop()
        started_s, retries = loop.time(), 0
        key = self.idempotency_key()
        while True:
            outcome = await self.send_once(request, rule, _keyed(request, key, retries))
            if isinstance(outcome, HttpReply):
                return outcome
            step = next_step(rule.inner, outcome, retries, loop.time() - started_s)
            if isinstance(step, GiveUp):
                return outcome
            await self.wait_or_raise(step, outcome)
            retries += 1


class Calls(Protocol):
    """The data-plane calls to one trainer; errors are those of the profile's legs."""

    @property
    def profile(self) -> SdkProfile:
        """The SDK whose calls these are."""
        ...

    async def post(self, route: str, body: Json, *, seq_id: int | None = None) -> Json:
        """Post a body to a route such as "optim_step" and return the answer."""
        ...

    async def get(self, route: str) -> Json:
        """Get a route such as "list_checkpoints"."""
        ...

    async def retrieve(self, request_id: str, request_type: str, roundtrip_s: float) -> Json:
        """Return the result of a request once it is there."""
        ...

    async def warm_replicas(self, model_id: str) -> bool:
        """Make sure that every gateway replica has the route; False where there is no job to make sure of."""
        ...


class SdkCalls:
    """The data-plane calls of an SDK profile to one trainer: `base_url` leads to it through the gateway."""

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
        """Post a body once, and return the answer or the failure."""
        rule = self.profile.rule_of(route)
        return await self._caller.send_once(self._request("POST", route, rule, body), rule, {})

    async def warm_replicas(self, model_id: str) -> bool:
        """Do nothing: no SDK knows of the gateway's replicas."""
        return True

    async def get(self, route: str) -> Json:
        """Get a route such as "list_checkpoints"; raises as the profile says."""
        rule = self.profile.rule_of(route)
        return _object(await self._caller.call(self._request("GET", route, rule, None), rule))

    async def retrieve(self, request_id: str, request_type: str, roundtrip_s: float) -> Json:
        """Ask for the result of a request until it is there (PROTOCOL §1.2, §4.3).

        Raises `RequestFailedError` when the work itself failed, and ValueError or `RetryableException` as the profile's
        poll table says. There is no budget: a caller who cannot wait must stop waiting.
        """
        rule = self.profile.rule_of("retrieve_future")
        started_s, iteration, full = asyncio.get_running_loop().time(), 0, False
        met: dict[str, int] = {}
        while True:
            body = {"request_id": request_id, "allow_metadata_only": not full}
            request = self._request("POST", "retrieve_future", rule, body, request_id=request_id)
            headers = {
                **_keyed(request, self._caller.idempotency_key(), 0),
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
        # encoded once, however often it is sent
        content = json.dumps(body).encode() if body is not None else b""
        return Request(leg_of(route), method, self._root, f"{API_PREFIX}{route}", headers, content, seq_id, request_id)


def request_type_of(route: str) -> str:
    """Return the name under which a poll says what its result is of: "SaveWeights" for save_weights."""
    return "".join(word.capitalize() for word in route.split("_"))


def _keyed(request: Request, key: str, retries: int) -> dict[str, str]:
    """Return the headers that number a request's attempts; a GET needs no key (PROTOCOL §1.4)."""
    if not request.keyed:
        return {}
    keyed = {"X-Idempotency-Key": key} if request.method != "GET" else {}
    return {**keyed, "x-stainless-retry-count": str(retries)}


def _object(reply: HttpReply) -> Json:
    """Return the JSON object an answer holds; raises ValueError when it holds something else."""
    try:
        content = reply.json()
    except ValueError as error:
        raise ValueError(f"expected JSON, got {reply.body[:80]!r}") from error
    if not isinstance(content, dict):
        raise ValueError(f"expected a JSON object, got {reply.body[:80]!r}")
    return content


def _refused(request: Request, place: str, reply: HttpReply) -> Failure:
    text = reply.body.decode(errors="replace")
    return Failure(
        request.leg,
        reply.status,
        "status",
        retry_after_s=_retry_after_s(reply.headers),
        should_retry={"true": True, "false": False}.get(reply.headers.get("x-should-retry", "")),
        message=f"{request.method} {place} answered {reply.status}: {_detail(text)}",
        body=text,
    )


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Read `retry-after-ms`, else `retry-after` in seconds; a date or nonsense is no answer."""
    for name, per_s in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return float(headers[name]) / per_s
        except (KeyError, ValueError):
            continue
    return None


def _detail(text: str) -> str:
    """Pick the sentence out of an error body, or its beginning."""
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    told = content.get("detail") or content.get("message") if isinstance(content, dict) else None
    return str(told) if told else (text[:200] or "no body")
