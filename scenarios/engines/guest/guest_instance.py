"""One instance of a user's ASGI gateway: a guest that serves, at a host of the wire."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from gateway_sim.caller import Caller, CallerLeft
from gateway_sim.scenarios.engines.guest.process import GuestDied, GuestProcess, Plan, app_origin
from gateway_sim.scenarios.engines.guest.turns import GuestTurns
from gateway_sim.scenarios.engines.live.forkserver import ForkDied
from gateway_sim.scenarios.engines.live.gateways.front import MAX_BODY_BYTES
from gateway_sim.scenarios.engines.live.gateways.gateway import variables
from gateway_sim.scenarios.engines.live.gateways.instance import LAST_WORDS, GatewayCrashed, GatewayNotReady
from gateway_sim.scenarios.engines.virtual.engine import VirtualEngine
from gateway_sim.scenarios.sim.events import GatewayEnded, GatewayStarted, OutsideRefused
from gateway_sim.scenarios.world.builder import World

START_WITHIN_S: Final = 30.0
PORT: Final = 8000


class GuestInstance:
    """One instance: an ASGI application of the world, whose requests a guest answers."""

    ended_here = True

    def __init__(self, world: World, name: str, app: str, folder: Path, python: str, endpoint: str) -> None:
        assert isinstance(world.engine, VirtualEngine)
        self.name = name
        self.address = f"{name}:{PORT}"
        self._wire = world.engine.wire
        self._world = world
        self._app = app
        self._folder = folder
        self._python = python
        self._output = world.trace.outputs.setdefault(name, [])
        self._emit = world.trace.emitter("gateway")
        table, control_plane = world.table.table_name, world.control_plane_address
        self.environ: Mapping[str, str] = variables(name, PORT, endpoint, table, control_plane)
        self._turns: ServingGuest | None = None

    async def start(self) -> None:
        """Start the guest, and return once its application has started. Raises `GatewayNotReady`."""
        await self.kill()
        plan = Plan(self._world.seeds.stream(f"gateway.{self.name}").getrandbits(64), ["*"], self.environ)
        try:
            process = GuestProcess("guest gateway", app_origin(self._python, self._app, self._folder))
        except ForkDied as died:
            raise GatewayNotReady(f"gateway {self._app} could not be loaded: {died}") from None
        self._turns = turns = ServingGuest(self._world, process, plan, self.name, self._output, self._refused)
        turns.begin(lambda why: self._ended(turns, why))
        try:
            async with asyncio.timeout(START_WITHIN_S):
                await turns.ready
        except TimeoutError:
            await self.kill()
            raise GatewayNotReady(
                f"gateway instance {self.name} ({self._app}) did not finish its startup within {START_WITHIN_S:g} s"
            ) from None
        except GuestDied as died:
            self._turns = None
            raise GatewayNotReady(f"gateway instance {self.name} ({self._app}) {died}") from None
        self._wire.listen(self.address, turns)
        self._emit(GatewayStarted(self.name, self.address))

    async def stop(self) -> None:
        """End the guest, and reset what it serves: a guest gets no signals."""
        await self.kill()

    async def kill(self) -> None:
        """End the guest, and reset what it serves."""
        turns, self._turns = self._turns, None
        if turns is not None:
            self._wire.hang_up(self.address)
            await turns.close()
            self._emit(GatewayEnded(self.name, "by its world"))

    def _refused(self, event: object) -> None:
        """End the run: without what it asked for, the application is not the user's gateway."""
        self._emit(event)
        if isinstance(event, OutsideRefused):
            self._world.end(GatewayCrashed(f"gateway instance {self.name}: {event.what}"))

    def _ended(self, turns: ServingGuest, why: str) -> None:
        """Report that the guest ended by itself."""
        if self._turns is turns:
            self._turns = None
            self._wire.hang_up(self.address)
            self._emit(GatewayEnded(self.name, f"by itself: {why}"))
            self._world.end(GatewayCrashed(f"gateway instance {self.name} ended by itself: {why}"))


class ServingGuest(GuestTurns):
    """The turns of one guest that serves, and its requests, which have numbers below 0."""

    def __init__(
        self,
        world: World,
        process: GuestProcess,
        plan: Plan,
        name: str,
        output: list[str],
        refused: Callable[[object], None],
    ) -> None:
        super().__init__(world, process, plan, f"gateway.{name}.latency", refused)
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._output = output
        self._requests = 0
        self._answers: dict[int, asyncio.Queue[tuple[str, bytes]]] = {}
        self._end: Mapping[str, Any] = {}
        self._playing: asyncio.Task[None] | None = None

    def begin(self, ended: Any) -> None:
        """Let the guest run; `ended(why)` is called if it ends by itself after its startup."""

        async def playing() -> None:
            try:
                await self.play()
                why = self._how()
            except GuestDied as died:
                why = str(died)
            for answers in list(self._answers.values()):
                answers.put_nowait(("broken", b""))
            if not self.ready.done():
                self.ready.set_exception(GuestDied(f"ended before it was ready: {why}"))
            else:
                ended(why)

        self._playing = asyncio.get_running_loop().create_task(playing(), name="a gateway's guest")

    async def close(self) -> None:
        """End the guest."""
        self._process.close()
        if self._playing is not None:
            self._playing.cancel()
            await asyncio.gather(self._playing, return_exceptions=True)
        if self.ready.done() and not self.ready.cancelled():
            self.ready.exception()

    def wrote(self, stream: str, text: str) -> bool:
        """Keep the output."""
        self._output.append(text)
        return False

    def over(self, end: Mapping[str, Any]) -> None:
        """Keep the end of the program."""
        self._end = end

    def sent(self, number: int, kind: str, data: bytes) -> None:
        """Take a piece of an answer, or what the guest did on a connection."""
        if number > 0:
            super().sent(number, kind, data)
        elif number < 0:
            # an answer whose caller has gone is dropped
            if number in self._answers:
                self._answers[number].put_nowait((kind, data))
        elif not self.ready.done():
            self.ready.set_result(None)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request of the wire."""
        caller = Caller(receive, MAX_BODY_BYTES)
        try:
            body = await caller.body()
            whole = body if isinstance(body, bytes) else b"".join([piece async for piece in body])
        except CallerLeft:
            return
        self._requests -= 1
        number, answers = self._requests, asyncio.Queue[tuple[str, bytes]]()
        self._answers[number] = answers
        self.deliver(number, "request", json.dumps(_asked(scope, whole)).encode())
        leaving = caller.leaving()
        try:
            await self._answer(answers, send, leaving)
        finally:
            if leaving.done():
                self.deliver(number, "gone", b"")
            leaving.cancel()
            del self._answers[number]

    async def _answer(self, answers: asyncio.Queue[tuple[str, bytes]], send: Any, leaving: asyncio.Future[Any]) -> None:
        while True:
            getting = asyncio.ensure_future(answers.get())
            await asyncio.wait([getting, leaving], return_when=asyncio.FIRST_COMPLETED)
            if not getting.done():
                getting.cancel()
                return
            kind, data = getting.result()
            if kind == "start":
                told = json.loads(data)
                headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told["headers"]]
                await send({"type": "http.response.start", "status": told["status"], "headers": headers})
            elif kind == "broken":
                raise ConnectionAbortedError("the gateway broke off its answer")
            else:
                await send({"type": "http.response.body", "body": data, "more_body": kind == "body"})
                if kind == "end":
                    return

    def _how(self) -> str:
        """Say how the program ended: its exception, or its status and its last output."""
        if "type" in self._end:
            return f"{self._end['type']}: {self._end['message']}"
        said = "".join(self._output)[-LAST_WORDS:].strip()
        return f"exit status {self._end['status']}" + (f"; its last output: {said}" if said else "")


def _asked(scope: Any, body: bytes) -> dict[str, Any]:
    return {
        "method": scope["method"],
        "path": scope["path"],
        "raw_path": scope["raw_path"].decode("latin-1"),
        "query_string": scope["query_string"].decode("latin-1"),
        "headers": [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]],
        "client": list(scope["client"]),
        "server": list(scope["server"]),
        "body": body.decode("latin-1"),
    }
