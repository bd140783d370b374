"""Results of accepted operations, and waiting for them (docs/reference/protocol.md §1.1, §1.2)."""

import asyncio

from gateway_sim.trainer_pod.protocol import Wire


class Futures:
    """The results of a pod by request id; each is kept as long as the pod, for repeated polls."""

    def __init__(self) -> None:
        self._settled: dict[str, asyncio.Event] = {}
        self._results: dict[str, Wire] = {}

    def open(self, request_id: str) -> None:
        """Promise a result."""
        self._settled[request_id] = asyncio.Event()

    def settle(self, request_id: str, result: Wire) -> None:
        """Set a result; a second one is ignored."""
        self._results.setdefault(request_id, result)
        self._settled[request_id].set()

    def knows(self, request_id: str) -> bool:
        """Return whether a result was promised under this id."""
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
        """End every wait, with a result or without: the pod stops."""
        for settled in self._settled.values():
            settled.set()
