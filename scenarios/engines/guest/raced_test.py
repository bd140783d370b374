"""A test function of pytest's as the user of a world: it runs in a process of its own, in virtual time."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gateway_sim.scenarios.engines.guest.process import GuestProcess, Plan, test_origin
from gateway_sim.scenarios.engines.guest.user import GuestUser, seed_of
from gateway_sim.scenarios.engines.live.external_client import REPORTED_WITHIN_S
from gateway_sim.scenarios.engines.live.forkserver import ForkDied
from gateway_sim.scenarios.engines.live.platform import leg_of_failure, serve_platform
from gateway_sim.scenarios.engines.live.scripts import ScriptReports
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.sim.errors import GatewaySimError
from gateway_sim.scenarios.world.builder import World

BEFORE_HORIZON_S: Final = 1.0
"""The time that a test has to close its client before its world ends."""


class TestDied(GatewaySimError):
    """The process of a test did not start; the message ends with its last output."""

    __test__ = False


@dataclass(frozen=True)
class Raced:
    """What is run, and for how long.

    `options` is the file that tells pytest's options to the process, `nodeid` names the test, `facts` returns what the
    test's `live_stack` knows of a platform at an address. `answer(question)` answers the test, `printed(stream, text)`
    takes its output. A test that still runs after `limit_s` seconds of the world is interrupted.
    """

    options: Path
    nodeid: str
    limit_s: float
    facts: Callable[[str], Mapping[str, Any]]
    answer: Callable[[Mapping[str, Any]], object]
    printed: Callable[[str, str], object]


@dataclass
class TestEnd:
    """How a test ended.

    `phases` are pytest's, each with its report; `problem` says why there are none, and `uncollected` that pytest did
    not find the test. `still_ran` is the limit at which the test was interrupted, in words.
    """

    __test__ = False

    phases: Sequence[Mapping[str, Any]] = ()
    problem: str = ""
    uncollected: bool = False
    still_ran: str = ""
    failed: events.RunFailed | None = None


class RacedTest(GuestUser):
    """A test as a world's user. Its script ends with `live_stack.script()`, or with the test function."""

    def __init__(self, world: World, process: GuestProcess, plan: Plan, raced: Raced) -> None:
        super().__init__(world, process, plan)
        self.began = False
        self.test_over, self.ended = asyncio.Event(), asyncio.Event()
        self.end = TestEnd()
        self._raced = raced
        self._script_over = asyncio.Event()
        self._how: events.RunFailed | events.RunHung | None = None
        self._reports = ScriptReports(world.trace)
        self._turns: asyncio.Task[None] | None = None

    @property
    def steps(self) -> int:
        """Not known."""
        return 0

    async def train(self) -> None:
        """Run the test until its script is over; the test itself may go on."""
        loop, settings = asyncio.get_running_loop(), self._world.settings
        self.began = True
        self._turns = loop.create_task(super().train(), name="the raced test")
        self._turns.add_done_callback(lambda turns: self._all_over())
        left_s = self._world.began_s + settings.horizon_s - loop.time() - BEFORE_HORIZON_S
        if left_s < self._raced.limit_s:
            loop.call_later(left_s, self._expire, f"after {settings.horizon_s:g} s (horizon_s)")
        else:
            loop.call_later(self._raced.limit_s, self._expire, f"after {self._raced.limit_s:g} s (limit_s)")
        await self._script_over.wait()
        await self._reports.acks.settled(REPORTED_WITHIN_S)
        self._emit(self._how or events.RunFinished(self._reports.acks.acknowledged))

    def interrupt(self, failed: events.RunFailed) -> None:
        """Kill the test's process, from any thread; `failed` is its end."""
        self.end.failed = failed
        self._process.kill()

    async def close(self) -> None:
        """End the test's process."""
        await super().close()
        if self._turns is not None:
            self._turns.cancel()
            await asyncio.gather(self._turns, return_exceptions=True)

    def asked(self, question: Mapping[str, Any]) -> object:
        """Answer the test: its end, or what the stack knows."""
        if question["do"] in ("script_over", "test_over"):
            self._end_script(self._failure(question["error"]))
            if question["do"] == "test_over":
                self.test_over.set()
            return {"value": None}
        try:
            return {"value": self._raced.answer(question)}
        except Exception as refused:
            return {"refused": f"{type(refused).__name__}: {refused}"}

    def wrote(self, stream: str, text: str) -> bool:
        """Put what pytest does not capture into the trace."""
        self._reports.wrote(stream, text)
        self._raced.printed(stream, text)
        return False

    def over(self, end: Mapping[str, Any]) -> None:
        """Take pytest's reports."""
        self.end.phases = end.get("phases", ())
        errors = [phase["error"] for phase in self.end.phases if phase["error"] is not None]
        if self.end.phases:
            self._end_script(self._failure(errors[0] if errors else None))
        else:
            unsaid = f"its process ended with status {end['status']} before the test did"
            self.end.problem = end.get("problem") or end.get("message") or unsaid
            self.end.uncollected = "problem" in end
            message = self.end.problem.partition("\n")[0]
            self._end_script(events.RunFailed(end.get("type", "SystemExit"), None, None, message))

    def died(self, why: str) -> None:
        """Report that the test's process ended before the test."""
        self.end.problem = why
        self._end_script(self.end.failed or events.RunFailed("GuestDied", None, None, why))

    def _all_over(self) -> None:
        self._script_over.set()
        self.test_over.set()
        self.ended.set()

    def _end_script(self, failed: events.RunFailed | events.RunHung | None) -> None:
        if not self._script_over.is_set():
            self._how = failed
            self._script_over.set()

    def _expire(self, still_ran: str) -> None:
        if self.test_over.is_set():
            return
        self.end.still_ran = still_ran
        self.stop(f"the test still ran {still_ran}")

    def _failure(self, error: Mapping[str, Any] | None) -> events.RunFailed | events.RunHung | None:
        if error is None:
            return None
        if self.end.still_ran:
            now_s = asyncio.get_running_loop().time() - self._world.began_s
            return events.RunHung(round(now_s, 6), self._world.requests)
        message = str(error["message"]).partition("\n")[0]
        return events.RunFailed(error["type"], error["http_status"], leg_of_failure(self._world.trace), message)


def raced_test(raced: Raced, admitted: Callable[[RacedTest], None]) -> Callable[[World], Awaitable[RacedTest]]:
    """Return the factory of a world whose user is this test; `admitted` is called with the user. Raises `TestDied`."""

    async def make(world: World) -> RacedTest:
        address = await serve_platform(world)
        told = {"nodeid": raced.nodeid, "stack": raced.facts(address)}
        plan = Plan(seed_of(world), [address.rpartition(":")[0]], stdin=json.dumps(told))
        try:
            # one role for all files of tests: the process that has collected another one is not needed any more
            process = GuestProcess("guest test", test_origin(sys.executable, raced.options))
        except ForkDied as died:
            raise TestDied(f"pytest could not load {raced.nodeid} in virtual time: {died}") from None
        user = RacedTest(world, process, plan, raced)
        admitted(user)
        return user

    return make
