"""The gateway's own retries of a failed attempt at a pod, and its hedged requests."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gateway_sim.events import RequestForwarded, RequestRepeated
from gateway_sim.upstream import UpstreamFailure, UpstreamReply

Attempt = Callable[[], Awaitable[UpstreamReply]]


@dataclass(frozen=True)
class RepeatRule:
    """How a gateway repeats a request, as Envoy's `retry_on: connect-failure, reset, 5xx` and its hedge policy do.

    A failed attempt is repeated up to `retries` times, after a wait drawn from 0 to `first_s`, then to twice that, and
    so on up to `longest_s`. An attempt without the head of an answer after `try_s` (0: no limit) has failed. After
    `hedge_s` (0: never) without an answer a second attempt is made beside the first, and the first answer counts. Both
    times do not apply to a poll, which a pod holds. A repeated POST may reach the pod twice: it must know repeats by
    their seq_id.
    """

    retries: int = 0
    try_s: float = 0.0
    hedge_s: float = 0.0
    first_s: float = 0.025
    longest_s: float = 0.25


class Repeats:
    """Makes the attempts of a request by a rule, and emits an event for each one after the first."""

    def __init__(self, rule: RepeatRule, rng: random.Random, emit: Callable[[object], None]) -> None:
        self._rule = rule
        self._rng = rng
        self._emit = emit

    async def open(self, attempt: Attempt, first: RequestForwarded) -> UpstreamReply:
        """Return the first answer below 500, or the last attempt's answer. Raises its `UpstreamFailure`."""
        retries = 0
        while True:
            reply, because = None, ""
            try:
                reply = await self._hedged(attempt, first)
                because = str(reply.status)
            except UpstreamFailure as failure:
                because = failure.kind
                if retries >= self._rule.retries:
                    raise
            if reply is not None:
                if reply.status < 500 or retries >= self._rule.retries:
                    return reply
                await reply.aclose()
            wait_s = min(self._rule.first_s * 2.0**retries, self._rule.longest_s)
            await asyncio.sleep(self._rng.uniform(0.0, wait_s))
            retries += 1
            self._emit(self._repeated(first, because))

    async def _hedged(self, attempt: Attempt, first: RequestForwarded) -> UpstreamReply:
        """Return the first answer of one attempt, or of two. Raises the `UpstreamFailure` of the last."""
        if not self._rule.hedge_s or first.leg == "poll":
            return await self._timed(attempt, first)
        running = {asyncio.ensure_future(self._timed(attempt, first)): None}
        try:
            done, _ = await asyncio.wait(running, timeout=self._rule.hedge_s)
            if not done:
                self._emit(self._repeated(first, "hedge"))
                running[asyncio.ensure_future(self._timed(attempt, first))] = None
            while True:
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in [task for task in running if task in done]:
                    del running[task]
                    if task.exception() is None or not running:
                        return task.result()
        finally:
            for task in running:
                await _abandoned(task)

    async def _timed(self, attempt: Attempt, first: RequestForwarded) -> UpstreamReply:
        if not self._rule.try_s or first.leg == "poll":
            return await attempt()
        try:
            async with asyncio.timeout(self._rule.try_s):
                return await attempt()
        except TimeoutError:
            raise UpstreamFailure("timeout") from None

    def _repeated(self, first: RequestForwarded, because: str) -> RequestRepeated:
        return RequestRepeated(
            first.replica, first.account, first.job, first.leg, first.address, because, first.connection, first.path
        )


async def _abandoned(task: asyncio.Future[UpstreamReply]) -> None:
    """Stop an attempt whose answer is not needed, and release its connection."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled() and task.exception() is None:
        await task.result().aclose()
