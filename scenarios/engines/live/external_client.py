"""A user that the laboratory does not play: a client of another program, in this process or another, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from client.events import CallAnswered
from scenarios.engines.live.ack_tracker import AckTracker
from scenarios.engines.live.platform import Platform
from scenarios.sim import events
from scenarios.sim.trace import Trace

if TYPE_CHECKING:
    from scenarios.world.builder import World

HEARD_WITHIN_S = 2.0
"""How long a pod's report of a delivered result may be under way."""


class ExternalClient:
    """Placeholder for an external client: `train()` unblocks it and returns when `end()` is called.

    Its calls are read at the platform, its acknowledged steps from the answers to its polls. `address` is the one host
    of control plane and gateway.
    """

    def __init__(self, trace: Trace) -> None:
        self.address = ""
        self.trace = trace
        self.began = asyncio.Event()
        self._emit = trace.emitter("user")
        self._ended = asyncio.Event()
        self._how: object | None = None
        self._steps = AckTracker()
        trace.watch(self._told)

    async def train(self) -> None:
        """Let the external client train, and report how it ended."""
        self._emit(events.RunStarted(0))
        self.began.set()
        await self._ended.wait()
        await self._steps.settled(HEARD_WITHIN_S)
        self._emit(self._how or events.RunFinished(self._steps.heard))

    def end(self, failed: events.RunFailed | None = None) -> None:
        """Report that the client has ended: well, or by this failure. Only the first report counts."""
        if not self._ended.is_set():
            self._how = failed
            self._ended.set()

    def leg(self) -> str | None:
        """Return the leg of the last refusal on the wire: an error most likely came from there."""
        refused = [e.event for e in self.trace.of(CallAnswered) if e.event.status >= 400 and e.event.status != 408]
        return refused[-1].leg if refused else None

    async def close(self) -> None:
        """Do nothing: an external client ends by itself."""

    def _told(self, event: object) -> None:
        if self._steps.told(event):
            self._emit(events.StepAcknowledged(self._steps.heard))


def external_client(admitted: Callable[[ExternalClient], None]) -> Callable[[World], Awaitable[ExternalClient]]:
    """Return what makes a world's user of an external client; `admitted` is called with it once it has an address."""

    async def make(world: World) -> ExternalClient:
        user = ExternalClient(world.trace)
        emit = world.counted(world.trace.emitter("client"))
        platform: Any = Platform(world.gateway, world.control_plane, emit)
        user.address = await world.engine.serve("platform", platform)
        world.gateway_fronts.append(user.address)
        admitted(user)
        return user

    return make
