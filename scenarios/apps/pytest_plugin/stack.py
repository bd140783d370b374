"""The live stack of a test: its URL and keys, the pods' ledger, and the verdict.

It runs on its own event loop in a thread, so a test may block or run another loop.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import pytest

from gateway_sim.client.events import CallSent
from gateway_sim.client.sdk.bodies import datum_body
from gateway_sim.client.sync import LoopThread
from gateway_sim.replicas import Lagging
from gateway_sim.route_table import RouteKey
from gateway_sim.scenarios.apps.pytest_plugin.contact import Contact, contact
from gateway_sim.scenarios.apps.pytest_plugin.lag_from_first_request import FirstRequest, LaggingFromFirstRequest
from gateway_sim.scenarios.apps.pytest_plugin.worlds import MarkedWorld
from gateway_sim.scenarios.engines.live.external_client import ExternalClient, external_client
from gateway_sim.scenarios.judge.verdict import Broken
from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.sim.first import first_of
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.account import ACCOUNT, API_KEY, FIREWORKS_KEY, JOB, sdk_environ
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.fault import Fault
from gateway_sim.scenarios.world.pods import BASE_MODEL
from gateway_sim.scenarios.world.user import ADAM
from gateway_sim.trainer_pod.events import GradientsAccumulated, StepApplied
from gateway_sim.trainer_pod.text import batch

T = TypeVar("T")

OWN = "own"
"""The client's name in the result of a test."""


@dataclass(frozen=True)
class Injected:
    """A fault that the test injected, when, and how many optimizer steps were acknowledged by then."""

    at_s: float
    fault: Fault
    steps: int


class LiveStack:
    """A race's world for the test's own client. `base_url` serves control plane and gateway.

    The weights are judged only if the test uses `batches`: for other batches the undisturbed weights are unknown. A
    replica's lag counts from the client's first request, which may come long after the fixture was set up. `folders`
    makes the folder of the evidence. `injected` holds the faults that the test injected.
    """

    account = ACCOUNT
    job = JOB
    api_key = API_KEY
    fireworks_api_key = FIREWORKS_KEY
    base_model = BASE_MODEL
    adam: Mapping[str, float] = ADAM

    def __init__(self, marked: MarkedWorld, folders: pytest.TempPathFactory | None = None) -> None:
        self.base_url = ""
        self.folders = folders
        self.injected: list[Injected] = []
        self.plan = marked.plan
        self.trace = Trace()
        self._settle_s, self._limit_s = marked.settle_s, marked.limit_s
        self._thread: LoopThread | None = None
        self._playing: asyncio.Task[None] | None = None
        self._on_own_batches = False
        self._first_request = FirstRequest()
        self._call_when_over: Callable[[], None] | None = None
        self._limit: asyncio.TimerHandle | None = None
        self._expired = False

    @property
    def trainer_url(self) -> str:
        """Return the base URL of the trainer, through the gateway."""
        return self.environ["TINKER_BASE_URL"]

    @property
    def lora_rank(self) -> int:
        """Return the rank that the undisturbed run trains with."""
        return self.plan.settings.lora_rank

    @property
    def environ(self) -> dict[str, str]:
        """Return the variables by which tinker and fireworks-ai find the platform."""
        return sdk_environ(self.base_url)

    @property
    def batches(self) -> list[list[dict[str, Any]]]:
        """Return the race's batches, one a step; a test that uses them must end with the undisturbed weights.

        Each is a list of datums as JSON objects (docs/reference/protocol.md §1.3), for one forward_backward with
        `cross_entropy` and one optim_step with `adam`, on `base_model` at `lora_rank`.
        """
        self._on_own_batches = True
        settings = self.plan.settings
        steps = [batch(step, settings.batch, settings.length) for step in range(1, settings.steps + 1)]
        return [[datum_body(datum) for datum in step] for step in steps]

    def ledger(self) -> list[GradientsAccumulated | StepApplied]:
        """Return the pods' changes of the weights, in order: gradients accumulated and steps applied."""
        return [entry.event for entry in self.trace.of(GradientsAccumulated, StepApplied)]

    def inject(self, fault: Fault) -> None:
        """Begin a fault of `gateway_sim.scenarios.faults` now."""

        def begin() -> None:
            at_s = asyncio.get_running_loop().time() - self._world.began_s
            steps = sum(1 for _ in self.trace.of(events.StepAcknowledged))
            self._world.inject(fault)
            self.injected.append(Injected(at_s, fault, steps))

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
        return self._in_world(lambda: contact(self.trace, RouteKey(ACCOUNT, JOB), self._lag_over_s()))

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
        settings = self.plan.settings
        if self._expired:
            return f"after {self._limit_s:g} s (limit_s)"
        for entry in self.trace.of(events.RunHung):
            if entry.event.requests >= settings.most_requests:
                return f"after {settings.most_requests} requests (most_requests)"
            return f"after {settings.horizon_s:g} s (horizon_s)"
        return "when its world had failed"

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

        planned = replace(
            self.plan,
            spec=replace(self.plan.spec, client=OWN, driver=OWN),
            race=replace(self.plan.race, play=staged),
            user_of=external_client(admitted.set_result),
        )
        self._playing = loop.create_task(planned.play(self.trace), name="the race")
        self._playing.add_done_callback(self._over_now)
        await self._first(admitted)
        self._user = admitted.result()
        await self._first(self._user.began.wait())
        self._hold_lags()
        self.base_url = f"http://{self._user.address}"

    async def _first(self, awaited: Awaitable[Any]) -> None:
        """Wait for `awaited`; raise the world's error if the world ends first."""
        assert self._playing is not None, "the race has not begun"
        reached, _ = await first_of(awaited, self._playing)
        if not reached:
            await self._playing
            raise RuntimeError(f"the race {self.plan.spec.race} ended before its user began")

    def _hold_lags(self) -> None:
        """Let what the replicas have not seen yet lag from the client's first request on."""
        now_s = asyncio.get_running_loop().time()
        for replica in self._world.replicas:
            if isinstance(replica.view, Lagging):
                replica.turn(LaggingFromFirstRequest(replica.view.law, now_s, self._first_request), now_s)
        self.trace.watch(self._note_request)

    def _note_request(self, event: object) -> None:
        if isinstance(event, CallSent):
            self._first_request.at_s = min(self._first_request.at_s, asyncio.get_running_loop().time())

    def _lag_over_s(self) -> dict[str, float | None]:
        """Return for each replica when it saw the job's newest route; None for one that sees every change at once."""
        changes = self._world.table.history.of(RouteKey(ACCOUNT, JOB))
        lagging = [isinstance(replica.view, LaggingFromFirstRequest) for replica in self._world.replicas]
        return {
            replica.name: replica.view.settles_at_s(changes[-1], replica.lags) - self._world.began_s
            if lags and changes
            else None
            for replica, lags in zip(self._world.replicas, lagging, strict=True)
        }

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
        planned = replace(self.plan, own_batches=self._on_own_batches)
        result = planned.judge(self.trace, asyncio.get_running_loop().time() - self._began_s)
        if not contact(self.trace, RouteKey(ACCOUNT, JOB), {}).reached:
            unasked = Broken("the race took place", f"no request for the route of {ACCOUNT}/{JOB} came", 0.0)
            result = replace(result, verdict="not_exercised", violations=[unasked, *result.violations])
        # the replay line names a client of this project, which every reader has
        return replace(result, client=OWN, driver=OWN)

    async def _end(self) -> None:
        if self._playing is not None:
            self._playing.cancel()
            await asyncio.gather(self._playing, return_exceptions=True)

    def _failure(self, error: BaseException) -> events.RunFailed | events.RunHung:
        if self._expired:
            return events.RunHung(self._limit_s, self._world.requests)
        while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
            # a task group's only error
            (error,) = error.exceptions
        status = getattr(error, "status_code", getattr(error, "status", None))
        known = status if isinstance(status, int) else None
        return events.RunFailed(type(error).__name__, known, self._user.leg(), str(error).partition("\n")[0])

    def _in_world(self, act: Callable[[], T]) -> T:
        """Call `act` on the world's loop and return its result."""
        assert self._thread is not None, "open comes first"

        async def acted() -> T:
            return act()

        return self._thread.run(acted())
