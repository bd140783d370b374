"""Sends one request through the retry loops of an SDK; only this file runs them. `profiles` has their rules."""

import asyncio
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from gateway_sim.client.events import CallAnswered, CallLost, CallSent, RetryScheduled
from gateway_sim.client.sdk.errors import error_of
from gateway_sim.client.sdk.failures import Failure
from gateway_sim.client.sdk.legs import Leg
from gateway_sim.client.sdk.profiles import CallRule
from gateway_sim.client.sdk.retry_after import told_wait_s
from gateway_sim.client.sdk.retry_loops import After, GiveUp, next_step
from gateway_sim.client.sdk.transport import HttpCall, HttpReply, Transport, WireFailure


@dataclass(frozen=True)
class Request:
    """One request; `seq_id` and `request_id` are only for the trace.

    A `keyed` request carries the SDK's idempotency key and retry count.
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
    """Sends requests through the two loops of a `CallRule`, and emits an event for each request and answer."""

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

    async def call(self, request: Request, rule: CallRule, renew: Callable[[], Request] | None = None) -> HttpReply:
        """Return the first answer below 400; raises what the rule's outer loop raises when it gives up.

        With `renew`, each repetition of the outer loop sends a new request.
        """
        loop = asyncio.get_running_loop()
        started_s, rounds = loop.time(), 0
        while True:
            outcome = await self._round(request, rule)
            if isinstance(outcome, HttpReply):
                return outcome
            step = next_step(rule.outer, outcome, rounds, loop.time() - started_s)
            await self.wait_or_raise(step, outcome)
            request = renew() if renew else request
            rounds += 1

    async def send_once(self, request: Request, rule: CallRule, headers: Mapping[str, str]) -> HttpReply | Failure:
        """Send one request once; return its answer or its failure."""
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
        told_s = told_wait_s(reply.headers, reply.received_at) if reply.status >= 400 else None
        self._emit(CallAnswered(request.leg, place, reply.status, request.request_id, told_s))
        if reply.status == 400 and not reply.body and self._empty_400_drops:
            return Failure(request.leg, None, "dropped", message=f"{request.method} {place} answered 400: no body")
        return reply if reply.status < 400 else _refused(request, place, reply, told_s)

    async def wait_or_raise(self, step: After | GiveUp, failure: Failure) -> None:
        """Do what `next_step` decided: sleep, or raise the failure as `GiveUp.error`."""
        if isinstance(step, GiveUp):
            shown = replace(failure, kind="foreign") if self._foreign and failure.kind == "status" else failure
            raise error_of(shown, step.error)
        wait_s = step.draw_s(self._rng)
        if wait_s > 0:
            self._emit(RetryScheduled(failure.leg, wait_s, "sdk"))
        await asyncio.sleep(wait_s)

    def idempotency_key(self) -> str:
        """Draw a key for one request and its inner retries."""
        return f"stainless-python-retry-{self._rng.getrandbits(128):032x}"

    async def _round(self, request: Request, rule: CallRule) -> HttpReply | Failure:
        """Run the inner loop: repeat one request under one idempotency key."""
        loop = asyncio.get_running_loop()
        started_s, retries = loop.time(), 0
        key = self.idempotency_key()
        while True:
            outcome = await self.send_once(request, rule, attempt_headers(request, key, retries))
            if isinstance(outcome, HttpReply):
                return outcome
            step = next_step(rule.inner, outcome, retries, loop.time() - started_s)
            if isinstance(step, GiveUp):
                return outcome
            await self.wait_or_raise(step, outcome)
            retries += 1


def attempt_headers(request: Request, key: str, retries: int) -> dict[str, str]:
    """Return the headers that number a request's attempts; a GET needs no key (docs/reference/protocol.md §1.4)."""
    if not request.keyed:
        return {}
    keyed = {"X-Idempotency-Key": key} if request.method != "GET" else {}
    return {**keyed, "x-stainless-retry-count": str(retries)}


def _refused(request: Request, place: str, reply: HttpReply, told_s: float | None) -> Failure:
    text = reply.body.decode(errors="replace")
    return Failure(
        request.leg,
        reply.status,
        "status",
        retry_after_s=told_s,
        should_retry={"true": True, "false": False}.get(reply.headers.get("x-should-retry", "")),
        message=f"{request.method} {place} answered {reply.status}: {_detail(text)}",
        body=text,
    )


def _detail(text: str) -> str:
    """Return the message in an error body, or the first 200 characters of the body."""
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    message = content.get("detail") or content.get("message") if isinstance(content, dict) else None
    return str(message) if message else (text[:200] or "no body")
