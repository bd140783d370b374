"""Accepted work, and waiting for its result (PROTOCOL §1.1, §1.2)."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from trainer_pod.protocol import RequestFailed, Wire

_REQUEST_ID: Final = re.compile(r"req-(\d{1,9})-(\d{1,12})")


def request_id_of(incarnation: int, number: int) -> str:
    """Return the id of the `number`-th request that an incarnation takes."""
    return f"req-{incarnation}-{number}"


def promised_by_incarnation(request_id: str) -> int | None:
    """Return the incarnation that gave an id out; None for what is no id of a pod's."""
    read = _REQUEST_ID.fullmatch(request_id)
    return int(read[1]) if read else None


def lost_in_restart(request_id: str, promised_by: int, here: int) -> RequestFailed:
    """Return the result of work that ended with an earlier incarnation (PROTOCOL §1.2, a failed operation)."""
    return RequestFailed(
        error=f"the result of {request_id} is lost: incarnation {promised_by} of this trainer promised it, and this is "
        f"incarnation {here}, started without its models; connect again and load the last checkpoint",
        category="server",
    )


class Futures:
    """The results of a pod by request id. A result is kept as long as the pod, for whoever asks again."""

    def __init__(self) -> None:
        self._settled: dict[str, asyncio.Event] = {}
        self._results: dict[str, Wire] = {}

    def open(self, request_id: str) -> None:
        """Promise a result."""
        self._settled[request_id] = asyncio.Event()

    def settle(self, request_id: str, result: Wire) -> None:
        """Deliver a result; the first one stays."""
        self._results.setdefault(request_id, result)
        self._settled[request_id].set()

    def knows(self, request_id: str) -> bool:
        """Say whether a result was ever promised under this id."""
        return request_id in self._settled

    def result(self, request_id: str) -> Wire | None:
        """Return the result, or None while there is none."""
        return self._results.get(request_id)

    async def wait(self, request_id: str, up_to_s: float) -> Wire | None:
        """Wait for the result, at most `up_to_s` seconds; None when it is not there by then."""
        try:
            async with asyncio.timeout(up_to_s):
                await self._settled[request_id].wait()
        except TimeoutError:
            return None
        return self.result(request_id)

    def release(self) -> None:
        """Send everyone who waits away, with a result or without: the pod stops."""
        for settled in self._settled.values():
            settled.set()
