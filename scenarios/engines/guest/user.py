"""The user of a world as a guest: a real SDK with its driver, or a user's own script, in virtual time."""

import json
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway_sim.scenarios.engines.guest.process import (
    GuestDied,
    GuestProcess,
    Plan,
    driver_origin,
    script_origin,
)
from gateway_sim.scenarios.engines.guest.turns import GuestTurns
from gateway_sim.scenarios.engines.live.forkserver import ForkDied
from gateway_sim.scenarios.engines.live.platform import serve_platform
from gateway_sim.scenarios.engines.live.scripts import ScriptReports, environ_of
from gateway_sim.scenarios.engines.live.sdks.environments import SdkEnvironment
from gateway_sim.scenarios.engines.live.sdks.user import (
    DRIVERS,
    DriverReports,
    SdkDied,
    driver_line,
    key_of,
    task_of,
)
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.sim.errors import GatewaySimError
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.builder import World


class ScriptDied(GatewaySimError):
    """A script's interpreter did not start; the message ends with its last output."""


class GuestUser(GuestTurns):
    """A guest as the user of a world."""

    def __init__(self, world: World, process: GuestProcess, plan: Plan, trace: Trace | None = None) -> None:
        """`trace` takes the events of the user, by default the world's."""
        self._trace = trace or world.trace
        self._emit = self._trace.emitter("user")
        super().__init__(world, process, plan, "guest.latency", self._emit)

    @property
    @abstractmethod
    def steps(self) -> int:
        """The steps that the guest intends to train; 0 where the laboratory does not know."""

    def died(self, why: str) -> None:
        """Report that the guest's process ended before its program."""
        self._emit(events.RunFailed("GuestDied", None, None, why))

    async def train(self) -> None:
        """Run the guest to its end."""
        self._emit(events.RunStarted(self.steps))
        try:
            await self.play()
        except GuestDied as died:
            self.died(str(died))

    async def close(self) -> None:
        """End the guest's process."""
        self._process.close()


class SdkGuest(GuestUser):
    """A real SDK, which the training driver of the live engine uses."""

    def __init__(self, world: World, process: GuestProcess, plan: Plan, steps: int, trace: Trace | None = None) -> None:
        super().__init__(world, process, plan, trace)
        self._steps = steps
        self._reports = DriverReports(self._trace)
        self._partial = ""

    @property
    def steps(self) -> int:
        """The steps of the driver's task."""
        return self._steps

    def wrote(self, stream: str, text: str) -> bool:
        """Emit the events of the driver's lines."""
        if stream != "stdout":
            return False
        *lines, self._partial = (self._partial + text).split("\n")
        return any(self._reports.take(line) for line in filter(None, map(driver_line, lines)))

    def over(self, end: Mapping[str, Any]) -> None:
        """Report a driver that ended without a report."""
        message = end.get("message") or f"the driver ended with status {end['status']} and no report"
        self._emit(events.RunFailed("SdkDied", None, None, str(message)))


class ScriptGuest(GuestUser):
    """A user's own script. Its steps are those that the wire and the pod report; its end is that of its process."""

    def __init__(self, world: World, process: GuestProcess, plan: Plan) -> None:
        super().__init__(world, process, plan)
        self._reports = ScriptReports(self._trace)

    @property
    def steps(self) -> int:
        """Not known."""
        return 0

    def wrote(self, stream: str, text: str) -> bool:
        """Put the script's output into the trace."""
        self._reports.wrote(stream, text)
        return False

    def over(self, end: Mapping[str, Any]) -> None:
        """Report the script's end: its exception, or its exit status."""
        self._reports.over(end["status"], end if "type" in end else None)


def sdk_guest(
    environment: SdkEnvironment, script: Sequence[dict[str, Any]] | None = None
) -> Callable[[World], Awaitable[SdkGuest]]:
    """Return the factory of a world's user of a real SDK in virtual time; `script` as for `sdk_user`."""

    async def make(world: World) -> SdkGuest:
        address = await serve_platform(world)
        return guest_with_task(environment, world, address, task_of(world, address, script))

    return make


def guest_with_task(
    environment: SdkEnvironment, world: World, address: str, task: dict[str, Any], trace: Trace | None = None
) -> SdkGuest:
    """Return a guest that does a driver's task with an SDK at the platform's `address`. Raises `SdkDied`."""
    origin = driver_origin(environment.python, DRIVERS, "train", environment.kind)
    told = json.dumps({**task, "api_key": key_of(environment)}) + "\n"
    plan = Plan(seed_of(world), [address.rpartition(":")[0]], stdin=told)
    try:
        process = GuestProcess(f"guest {environment.name}", origin)
    except ForkDied as died:
        raise SdkDied(f"{environment.name} did not load: {died}") from None
    return SdkGuest(world, process, plan, sum(verb["do"] == "train" for verb in task["script"]), trace)


def script_guest(python: str, script: Path, argv: Sequence[str] = ()) -> Callable[[World], Awaitable[ScriptGuest]]:
    """Return the factory of a world whose user is this script, run by this interpreter."""

    async def make(world: World) -> ScriptGuest:
        address = await serve_platform(world)
        hosts = [address.rpartition(":")[0]]
        plan = Plan(seed_of(world), hosts, environ_of(address), script=str(script), argv=argv)
        try:
            # one role for all scripts: the process that has loaded another one is not needed any more
            process = GuestProcess("guest script", script_origin(python, script))
        except ForkDied as died:
            raise ScriptDied(f"{python} could not start {script}: {died}") from None
        return ScriptGuest(world, process, plan)

    return make


def seed_of(world: World) -> int:
    """Return the seed of a guest's chance."""
    return world.seeds.stream("guest").getrandbits(64)
