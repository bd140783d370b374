"""A user whom the laboratory does not play: somebody's own client, in this process or in any other, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from client.events import CallAnswered
from scenarios import events
from scenarios.live.platform import Platform
from scenarios.world.trace import Trace
from trainer_pod.events import OperationAccepted, ResultDelivered

if TYPE_CHECKING:
    from scenarios.world.build import World

HEARD_WITHIN_S = 2.0
"""How long a pod's word of what it delivered may be under way."""


class OutsideUser:
    """Stands in a race where its user would: told to train it lets the outsider in, and ends when it is told to.

    What the outsider does is read where it arrives: its calls by the platform, a step that it was told of by the
    answer to its poll. `address` is the one host for control plane and gateway.
    """

    def __init__(self, trace: Trace) -> None:
        self.address = ""
        self.trace = trace
        self.began = asyncio.Event()
        self._emit = trace.emitter("user")
        self._ended = asyncio.Event()
        self._how: object | None = None
        self._acknowledged: set[str] = set()
        self._hearing: list[asyncio.Task[None]] = []

    async def train(self) -> None:
        """Let the outsider train, and report how it ended."""
        self._emit(events.RunStarted(0))
        self.began.set()
        await self._ended.wait()
        if self._hearing:
            await asyncio.wait(self._hearing, timeout=HEARD_WITHIN_S)
        self._emit(self._how or events.RunFinished(len(self._acknowledged)))

    def end(self, failed: events.RunFailed | None = None) -> None:
        """Say that the outsider has ended: well, or by this failure. Only the first word counts."""
        if not self._ended.is_set():
            self._how = failed
            self._ended.set()

    def leg(self) -> str | None:
        """Return the leg that an error came from, as far as the wire tells: of the last refusal."""
        refused = [e.event for e in self.trace.of(CallAnswered) if e.event.status >= 400 and e.event.status != 408]
        return refused[-1].leg if refused else None

    async def close(self) -> None:
        """Stop listening."""
        for hearing in self._hearing:
            hearing.cancel()

    def listening(self, emit: Callable[[object], None]) -> Callable[[object], None]:
        """Return an emit that also hears which optimizer steps the outsider was told of."""

        def listen(event: object) -> None:
            emit(event)
            if isinstance(event, CallAnswered) and event.leg == "poll" and event.status == 200 and event.request_id:
                task = asyncio.get_running_loop().create_task(self._heard(event.request_id), name="hear a step")
                self._hearing.append(task)

        return listen

    async def _heard(self, request_id: str) -> None:
        """Report a step once the pod's own account of it is in the trace, so that the two stand in their order."""
        taken = await self.trace.until(OperationAccepted, request_id=request_id)
        await self.trace.until(ResultDelivered, request_id=request_id)
        if taken.kind == "optim_step" and request_id not in self._acknowledged:
            self._acknowledged.add(request_id)
            self._emit(events.StepAcknowledged(len(self._acknowledged)))


def outside_user(admitted: Callable[[OutsideUser], None]) -> Callable[[World], Awaitable[OutsideUser]]:
    """Return what makes a world's user of an outsider; `admitted` is told of it once its address stands."""

    async def make(world: World) -> OutsideUser:
        user = OutsideUser(world.trace)
        emit = user.listening(world.counted(world.trace.emitter("client")))
        platform: Any = Platform(world.gateway, world.control_plane, emit)
        user.address = await world.engine.serve("platform", platform)
        admitted(user)
        return user

    return make
