"""The live stack of a test: its world on loopback, until the test's end.

It runs on its own event loop in a thread, so a test may block or run another loop.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import pytest

from gateway_sim.client.sync import LoopThread
from gateway_sim.route_table import RouteKey
from gateway_sim.scenarios.apps.pytest_plugin.contact import Contact, contact
from gateway_sim.scenarios.apps.pytest_plugin.raced_stack import RacedStack, lag_over_s
from gateway_sim.scenarios.apps.pytest_plugin.worlds import MarkedWorld
from gateway_sim.scenarios.engines.live.external_client import ExternalClient, external_client
from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.sim.errors import alone
from gateway_sim.scenarios.sim.first import first_of
from gateway_sim.scenarios.world.account import ACCOUNT, JOB
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.fault import Fault
from gateway_sim.scenarios.world.lag_from_client import let_lags_wait

T = TypeVar("T")


class LiveStack(RacedStack):
    """A race's world for the test's own client, live on loopback.

    A replica's lag counts from the client's contact with it, which may come long after the fixture was set up.
    """

    def __init__(self, marked: MarkedWorld, folders: pytest.TempPathFactory | None = None) -> None:
        super().__init__(marked, folders)
        self._thread: LoopThread | None = None
        self._playing: asyncio.Task[None] | None = None
        self._call_when_over: Callable[[], None] | None = None
        self._limit: asyncio.TimerHandle | None = None
        self._expired = False

    def inject(self, fault: Fault) -> None:
        """Begin a fault of `gateway_sim.scenarios.faults` now."""

        def begin() -> None:
            self._begin_fault(self._world, fault, asyncio.get_running_loop().time() - self._world.began_s)

        self._in_world(begin)

    @contextlib.contextmanager
    def script(self) -> Iterator[None]:
        """Mark the user's script within the test; an error ends the script too."""
        try:
            yield
        except Exception as error:
            failed = error
            self._in_world(lambda: self._user.end(self._failure(failed)))
            raise
        self._in_world(self._user.end)

    def open(self) -> None:
        """Build the world and play the race until its user begins to train."""
        self._thread = LoopThread("gateway-sim live stack")
        self._thread.run(self._begin())

    def conclude(self, error: BaseException | None, settle_s: float | None = None) -> RaceResult:
        """End the user's script with the test's outcome, wait for the end of the race, and judge it.

        `settle_s` is how long the race may continue; None is the mark's.
        """
        assert self._thread is not None, "open comes first"
        return self._thread.run(self._conclude(error, self._settle_s if settle_s is None else settle_s))

    def contact(self) -> Contact:
        """Return the client's requests and the replicas that answered them."""
        return self._in_world(lambda: contact(self.trace, RouteKey(ACCOUNT, JOB), lag_over_s(self._world)))

    def when_over(self, call: Callable[[], None] | None) -> None:
        """Call `call`, from the world's thread, at the test's limit or when the world ends; None: not any more."""

        def set_call() -> None:
            self._call_when_over = call
            if self._limit is not None:
                self._limit.cancel()
            if call is not None:
                self._limit = asyncio.get_running_loop().call_later(self._limit_s, self._expire)
            if call is not None and self._playing is not None and self._playing.done():
                call()

        self._in_world(set_call)

    def why_over(self) -> str:
        """Return the limit at which the test was interrupted, in words."""
        return f"after {self._limit_s:g} s (limit_s)" if self._expired else self._over_limit()

    def close(self) -> None:
        """Stop the world; it leaves no process, port or file."""
        if self._thread is not None:
            try:
                self._thread.run(self._end())
            finally:
                self._thread.stop()

    async def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        self._began_s = loop.time()
        self._over, self._release = asyncio.Event(), asyncio.Event()
        admitted: asyncio.Future[ExternalClient] = loop.create_future()

        async def staged(world: World) -> None:
            # the world outlives its race: a test may close its client last
            self._world = world
            await self.plan.race.play(world)
            self._over.set()
            await self._release.wait()

        planned = self._own_plan(staged, external_client(admitted.set_result))
        self._playing = loop.create_task(planned.play(self.trace), name="the race")
        self._playing.add_done_callback(self._over_now)
        await self._first(admitted)
        self._user = admitted.result()
        await self._first(self._user.began.wait())
        let_lags_wait(self._world.replicas, self.trace)
        self.base_url = f"http://{self._user.address}"

    async def _first(self, awaited: Awaitable[Any]) -> None:
        """Wait for `awaited`; raise the world's error if the world ends first."""
        assert self._playing is not None, "the race has not begun"
        reached, _ = await first_of(awaited, self._playing)
        if not reached:
            await self._playing
            raise RuntimeError(f"the race {self.plan.spec.race} ended before its user began")

    def _expire(self) -> None:
        self._expired = True
        self._over_now()

    def _over_now(self, playing: asyncio.Task[None] | None = None) -> None:
        if self._call_when_over is not None:
            self._call_when_over()

    async def _conclude(self, error: BaseException | None, settle_s: float) -> RaceResult:
        assert self._playing is not None, "open comes first"
        self._user.end(self._failure(error) if error is not None else None)
        await first_of(self._playing, self._over.wait(), within_s=settle_s)
        if self._playing.done():
            # it has ended at its horizon or with an error, which is raised here
            self._playing.result()
        return self._judge(asyncio.get_running_loop().time() - self._began_s)

    async def _end(self) -> None:
        if self._playing is not None:
            self._playing.cancel()
            await asyncio.gather(self._playing, return_exceptions=True)

    def _failure(self, error: BaseException) -> events.RunFailed | events.RunHung:
        if self._expired:
            return events.RunHung(self._limit_s, self._world.requests)
        error = alone(error)
        status = getattr(error, "status_code", getattr(error, "status", None))
        known = status if isinstance(status, int) else None
        return events.RunFailed(type(error).__name__, known, self._user.leg(), str(error).partition("\n")[0])

    def _in_world(self, act: Callable[[], T]) -> T:
        """Call `act` on the world's loop and return its result."""
        assert self._thread is not None, "open comes first"

        async def acted() -> T:
            return act()

        return self._thread.run(acted())
