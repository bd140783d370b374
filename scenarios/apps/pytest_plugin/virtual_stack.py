"""The virtual stack of a test: its race in virtual time, with the test in a process of its own."""

import asyncio
import base64
import pickle
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gateway_sim.route_table import RouteKey
from gateway_sim.scenarios.apps.pytest_plugin.contact import Contact, contact
from gateway_sim.scenarios.apps.pytest_plugin.raced_stack import RacedStack, lag_over_s
from gateway_sim.scenarios.apps.pytest_plugin.worlds import MarkedWorld
from gateway_sim.scenarios.engines.guest.raced_test import Raced, RacedTest, TestEnd, raced_test
from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.sim.first import first_of
from gateway_sim.scenarios.world.account import ACCOUNT, JOB
from gateway_sim.scenarios.world.builder import World

SETTLED_BEFORE_HORIZON_S = 0.1
"""A race that may continue to its horizon is judged so long before it."""


class VirtualStack(RacedStack):
    """A race's world in virtual time; `play` plays it with the test to its end.

    `options` is the file that tells pytest's options to the test's process, and `echo` says that what the test prints
    is printed.
    """

    def __init__(
        self, marked: MarkedWorld, nodeid: str, options: Path, folders: pytest.TempPathFactory, *, echo: bool
    ) -> None:
        super().__init__(marked, folders)
        self._raced = Raced(options, nodeid, self._limit_s, self._facts, self._answer, self._printed)
        self._echo = echo
        self._user: RacedTest | None = None
        self._interrupted: events.RunFailed | None = None
        self._lag_over_s: dict[str, float | None] = {}
        self._wall_s = 0.0

    def play(self) -> TestEnd:
        """Play the race, and return how the test ended. Raises the world's errors, such as `TestDied`.

        It runs in a thread, so that this one obeys a signal at once, and keeps its event loop.
        """
        with ThreadPoolExecutor(1, "gateway-sim virtual stack") as threads:
            planned = self._own_plan(self._play, raced_test(self._raced, self._admit))
            playing = threads.submit(run_plan, planned, self.trace)
            try:
                self._wall_s = playing.result().metrics.wall_s
            except Exception:
                raise
            except BaseException as interrupt:
                self._interrupted = events.RunFailed(type(interrupt).__name__, None, None, str(interrupt))
                if self._user is not None:
                    self._user.interrupt(self._interrupted)
                raise
        assert self._user is not None, "a world has its user before its race"
        end = self._user.end
        if not end.phases and not end.problem:
            # its process ended with its world
            end.problem = f"the test still ran {self._over_limit()}"
        return end

    def conclude(self, error: BaseException | None, settle_s: float | None = None) -> RaceResult:
        """Judge the race, which has ended."""
        return self._judge(self._wall_s)

    def contact(self) -> Contact:
        """Return the client's requests and the replicas that answered them."""
        return contact(self.trace, RouteKey(ACCOUNT, JOB), self._lag_over_s)

    def _admit(self, user: RacedTest) -> None:
        self._user = user
        if self._interrupted is not None:
            # while its process was loading
            user.interrupt(self._interrupted)

    async def _play(self, world: World) -> None:
        """Play the race; it may continue for a while after the test, and the test's clean-up after the race."""
        self._world, user, loop = world, self._user, asyncio.get_running_loop()
        assert user is not None, "a world has its user before its race"
        race = asyncio.ensure_future(self.plan.race.play(world))
        try:
            await first_of(race, user.test_over.wait())
            if race.done():
                await race
                if not user.began:
                    raise RuntimeError(f"the race {self.plan.spec.race} ended before its user began")
            await user.test_over.wait()
            left_s = world.began_s + self.plan.settings.horizon_s - loop.time() - SETTLED_BEFORE_HORIZON_S
            await first_of(race, within_s=max(0.0, min(self._settle_s, left_s)))
            if race.done():
                await race
            await user.ended.wait()
        finally:
            self._lag_over_s = lag_over_s(world)
            race.cancel()

    def _facts(self, address: str) -> Mapping[str, Any]:
        self.base_url = f"http://{address}"
        names = ("base_url", "trainer_url", "api_key", "fireworks_api_key", "account", "job", "base_model", "lora_rank")
        return {**{name: getattr(self, name) for name in names}, "adam": dict(self.adam), "environ": self.environ}

    def _answer(self, question: Mapping[str, Any]) -> object:
        match question["do"]:
            case "batches":
                return self.batches
            case "ledger":
                return _pickled(self.ledger())
            case "trace":
                return _pickled(self.trace)
            case "inject":
                fault = pickle.loads(base64.b64decode(question["fault"]))
                self._begin_fault(self._world, fault, asyncio.get_running_loop().time() - self._world.began_s)
                return None
        raise ValueError(f"a test cannot ask for {question['do']}")

    def _printed(self, stream: str, text: str) -> None:
        if self._echo:
            print(text, end="", file=getattr(sys, stream))


def _pickled(told: object) -> str:
    return base64.b64encode(pickle.dumps(told)).decode()
