"""The live stack of a test: its URL and keys, the pods' ledger, and the verdict.

It runs on its own event loop in a thread, so a test may block or run another loop.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from gateway_sim.client.sdk.bodies import datum_body
from gateway_sim.client.sync import LoopThread
from gateway_sim.scenarios.apps.pytest_plugin.worlds import MarkedWorld
from gateway_sim.scenarios.engines.live.external_client import ExternalClient, external_client
from gateway_sim.scenarios.judge.promises.the_weights_equal_the_undisturbed_runs import (
    the_weights_equal_the_undisturbed_runs,
)
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


class LiveStack:
    """A race's world for the test's own client. `base_url` serves control plane and gateway.

    The weights are judged only if the test uses `batches`: for other batches the undisturbed weights are unknown.
    """

    account = ACCOUNT
    job = JOB
    api_key = API_KEY
    fireworks_api_key = FIREWORKS_KEY
    base_model = BASE_MODEL
    adam: Mapping[str, float] = ADAM

    def __init__(self, marked: MarkedWorld) -> None:
        self.base_url = ""
        self.plan = marked.plan
        self.trace = Trace()
        self._settle_s = marked.settle_s
        self._thread: LoopThread | None = None
        self._playing: asyncio.Task[None] | None = None
        self._on_own_batches = False

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
        self._in_world(lambda: self._world.inject(fault))

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

    def conclude(self, error: BaseException | None) -> RaceResult:
        """End the user's script with the test's outcome, wait for the end of the race, and judge it."""
        assert self._thread is not None, "open comes first"
        return self._thread.run(self._conclude(error))

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
        await self._first(admitted)
        self._user = admitted.result()
        await self._first(self._user.began.wait())
        self.base_url = f"http://{self._user.address}"

    async def _first(self, awaited: Awaitable[Any]) -> None:
        """Wait for `awaited`; raise the world's error if the world ends first."""
        assert self._playing is not None, "the race has not begun"
        reached, _ = await first_of(awaited, self._playing)
        if not reached:
            await self._playing
            raise RuntimeError(f"the race {self.plan.spec.race} ended before its user began")

    async def _conclude(self, error: BaseException | None) -> RaceResult:
        assert self._playing is not None, "open comes first"
        self._user.end(self._failure(error) if error is not None else None)
        await first_of(self._playing, self._over.wait(), within_s=self._settle_s)
        if self._playing.done():
            # before its release it ends only with an error of the world
            self._playing.result()
        unknown = () if self._on_own_batches else (the_weights_equal_the_undisturbed_runs,)
        promises = [promise for promise in self.plan.race.promises if promise not in unknown]
        planned = replace(self.plan, race=replace(self.plan.race, promises=promises))
        result = planned.judge(self.trace, asyncio.get_running_loop().time() - self._began_s)
        # the replay line names a client of this project, which every reader has
        return replace(result, client=OWN, driver=OWN)

    async def _end(self) -> None:
        if self._playing is not None:
            self._playing.cancel()
            await asyncio.gather(self._playing, return_exceptions=True)

    def _failure(self, error: BaseException) -> events.RunFailed:
        status = getattr(error, "status_code", getattr(error, "status", None))
        known = status if isinstance(status, int) else None
        return events.RunFailed(type(error).__name__, known, self._user.leg(), str(error).partition("\n")[0])

    def _in_world(self, act: Callable[[], T]) -> T:
        """Call `act` on the world's loop and return its result."""
        assert self._thread is not None, "open comes first"

        async def acted() -> T:
            return act()

        return self._thread.run(acted())
