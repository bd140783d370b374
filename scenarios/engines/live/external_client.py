"""A user outside the laboratory: a client of another program, in this process or another, over HTTP."""

import asyncio
from collections.abc import Awaitable, Callable

from gateway_sim.scenarios.engines.live.ack_tracker import AckTracker
from gateway_sim.scenarios.engines.live.platform import leg_of_failure, serve_platform
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.builder import World

REPORTED_WITHIN_S = 2.0
"""The seconds within which a pod reports a delivered result."""


class ExternalClient:
    """Placeholder for an external client: `train()` unblocks it and returns when `end()` is called.

    The platform reports its calls, and the answers to its polls show its acknowledged steps. `address` is the host of
    control plane and gateway.
    """

    def __init__(self, trace: Trace) -> None:
        self.address = ""
        self.trace = trace
        self.began = asyncio.Event()
        self._emit = trace.emitter("user")
        self._ended = asyncio.Event()
        self._how: object | None = None
        self._steps = AckTracker()
        trace.watch(self._read)

    async def train(self) -> None:
        """Let the external client train, and report how it ended."""
        self._emit(events.RunStarted(0))
        self.began.set()
        await self._ended.wait()
        await self._steps.settled(REPORTED_WITHIN_S)
        self._emit(self._how or events.RunFinished(self._steps.acknowledged))

    def end(self, failed: events.RunFailed | events.RunHung | None = None) -> None:
        """Report that the client has ended: without error, with `failed`, or hung. Only the first report counts."""
        if not self._ended.is_set():
            self._how = failed
            self._ended.set()

    def leg(self) -> str | None:
        """Return the leg of the last refusal on the wire, the most likely cause of an error."""
        return leg_of_failure(self.trace)

    async def close(self) -> None:
        """Do nothing: an external client ends by itself."""

    def _read(self, event: object) -> None:
        if self._steps.completes_step(event):
            self._emit(events.StepAcknowledged(self._steps.acknowledged))


def external_client(admitted: Callable[[ExternalClient], None]) -> Callable[[World], Awaitable[ExternalClient]]:
    """Return the factory of a world's external client; `admitted` is called with the client once it has an address."""

    async def make(world: World) -> ExternalClient:
        user = ExternalClient(world.trace)
        user.address = await serve_platform(world)
        admitted(user)
        return user

    return make
