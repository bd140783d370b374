"""The turns of a guest: it runs until all its threads wait, and then the world runs until something comes for it."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from gateway_sim.scenarios.engines.guest.byte_connections import ByteConnections
from gateway_sim.scenarios.engines.guest.process import GuestDied, GuestProcess, Plan, Turn
from gateway_sim.scenarios.engines.virtual.engine import VirtualEngine
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.world.builder import World


class GuestTurns(ABC):
    """Gives a guest its turns: at the deadline that it named, or when something arrives for it before.

    `latency` names the stream of chance of its connections' latencies, `emit` takes what it was refused.
    """

    def __init__(
        self, world: World, process: GuestProcess, plan: Plan, latency: str, emit: Callable[[object], None]
    ) -> None:
        assert isinstance(world.engine, VirtualEngine)
        self._world = world
        self._process = process
        self._plan = plan
        self._tell = emit
        self._arrived: list[tuple[int, str, bytes]] = []
        self._waiting: asyncio.Future[None] | None = None
        self._stop: dict[str, str] = {}
        self._connections = ByteConnections(world.engine.wire, world.seeds.stream(latency), self.deliver)

    @abstractmethod
    def wrote(self, stream: str, text: str) -> bool:
        """Take a piece of the guest's output; return whether the guest has reported its end."""

    @abstractmethod
    def over(self, end: Mapping[str, Any]) -> None:
        """Take the end of the guest's program."""

    def asked(self, question: Mapping[str, Any]) -> object:
        """Return the answer to a question of the guest's, as JSON takes it. Raises `GuestDied` where it may not ask."""
        raise GuestDied(f"it asked its world to {question['do']}, which only a test of pytest's may")

    def sent(self, number: int, kind: str, data: bytes) -> None:
        """Take what the guest did on one of its connections."""
        self._connections.take(number, kind, data)

    def stop(self, why: str) -> None:
        """Let the guest's next turn be now, and tell it to end."""
        self._stop = {"stop": why}
        self._wake()

    def deliver(self, number: int, kind: str, data: bytes) -> None:
        """Give the guest something, at once if it waits."""
        self._arrived.append((number, kind, data))
        self._wake()

    async def play(self) -> None:
        """Run the guest to its end. Raises `GuestDied`."""
        loop, began_s = asyncio.get_running_loop(), self._world.began_s
        try:
            turn = self._process.begin(self._plan, loop.time() - began_s)
            while not self._took(turn):
                if turn.asked is not None:
                    turn = self._process.turn(loop.time() - began_s, (), answer=self.asked(turn.asked))
                    continue
                now_s = await self._next(None if turn.deadline_s is None else began_s + turn.deadline_s) - began_s
                arrived, self._arrived = self._arrived, []
                stop, self._stop = self._stop, {}
                turn = self._process.turn(max(now_s, 0.0), arrived, **stop)
        except GuestDied:
            for stream, text in self._process.printed():
                self.wrote(stream, text)
            raise
        finally:
            self._connections.close()
            self._process.close()

    def _took(self, turn: Turn) -> bool:
        """Pass on what the guest did; return whether it has ended."""
        for number, kind, data in turn.sent:
            self.sent(number, kind, data)
        for what in turn.refused:
            self._tell(events.OutsideRefused(what))
        reported = False
        for stream, text in self._process.printed():
            reported = self.wrote(stream, text) or reported
        if turn.ended is not None and not reported:
            self.over(turn.ended)
        return reported or turn.ended is not None

    async def _next(self, deadline_s: float | None) -> float:
        """Wait for the deadline or for something to arrive, and return the time."""
        loop = asyncio.get_running_loop()
        if not self._arrived and not self._stop:
            self._waiting = loop.create_future()
            timer = None if deadline_s is None else loop.call_at(deadline_s, self._wake)
            try:
                await self._waiting
            finally:
                self._waiting = None
                if timer is not None:
                    timer.cancel()
        if deadline_s is None or self._arrived or self._stop:
            return loop.time()
        # a timer may fire a rounding error early
        return max(loop.time(), deadline_s)

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
