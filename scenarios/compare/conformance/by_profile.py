"""The same cells in the virtual engine, with the SDKs' profiles in place of the SDKs."""

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable, Iterable

from gateway_sim.client.job_manager import TrainerJobManager
from gateway_sim.client.sdk.errors import describe
from gateway_sim.client.sdk.profiles import SdkProfile
from gateway_sim.client.sdk.service import ServiceClient
from gateway_sim.client.sdk.session import TrainingClient
from gateway_sim.scenarios.compare.conformance.answers import ANSWERS, Answer
from gateway_sim.scenarios.compare.conformance.cell import Found, MakeUser, play, saved_as, think_s
from gateway_sim.scenarios.compare.conformance.places import PLACES, Place
from gateway_sim.scenarios.engines.live.sdks.environments import profile_of
from gateway_sim.scenarios.engines.virtual.engine import VirtualEngine
from gateway_sim.scenarios.judge.limits import PACED_PER_S
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim import clock, events
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.account import API_KEY, JOB
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.own_user import own_user
from gateway_sim.scenarios.world.pods import BASE_MODEL
from gateway_sim.scenarios.world.sequences import PROMPT, params_of
from gateway_sim.scenarios.world.undisturbed import ADAM
from gateway_sim.trainer_pod.text import batch

SPIN_SHOWS_S = 0.25


class ProfiledUser:
    """A user that makes the calls of the driver's script with an SDK's profile."""

    def __init__(
        self,
        world: World,
        address: str,
        profile: SdkProfile,
        place: Place,
        hold_s: float,
        emit: Callable[[object], None],
    ) -> None:
        self._world = world
        self._url = f"http://{address}"
        self._profile = profile
        self._samples = place.of_sampler
        self._think_s = think_s(place, hold_s)
        self._emit = emit
        self._transport = world.engine.transport(profile.pools)
        self._service: ServiceClient | None = None

    async def train(self) -> None:
        """Run the script to its end or its error, and report which."""
        self._emit(events.RunStarted(1))
        try:
            await self._script()
        except Exception as error:
            report = describe(error)
            self._emit(events.RunFailed(report.type, report.status, report.leg, report.message))
        else:
            self._emit(events.RunFinished(1))

    async def close(self) -> None:
        """End the heartbeats and the connections."""
        if self._service is not None:
            await self._service.close()
        await self._transport.close()

    async def _connected(self) -> TrainingClient:
        seeds = self._world.seeds
        jobs = TrainerJobManager(
            self._url, API_KEY, self._transport, seeds.stream("control-plane"), self._emit, gateway_url=self._url
        )
        trainer = await jobs.wait_for_existing(JOB)
        self._service = await ServiceClient.connect(
            trainer.base_url, API_KEY, transport=self._transport, rng=seeds.stream("sdk"), emit=self._emit,
            profile=self._profile,
        )  # fmt: skip
        return await self._service.create_training_client(BASE_MODEL, self._world.settings.lora_rank)

    async def _script(self) -> None:
        settings = self._world.settings
        client = await self._connected()
        if self._samples:
            saved = await (await client.save_weights_for_sampler(saved_as(self._url))).result()
            sampler = await client.create_sampling_client(str(saved.path))
            await sampler.sample(PROMPT, params_of(0))
            return
        await client.get_info()
        await asyncio.sleep(self._think_s)
        await (await client.forward_backward(batch(1, settings.batch, settings.length), "cross_entropy")).result()
        await (await client.optim_step(ADAM)).result()
        await (await client.save_state(saved_as(self._url))).result()


def expected(
    cells: Iterable[tuple[str, str, str]], *, hold_s: float, each: Callable[[], None] = lambda: None
) -> list[Found]:
    """Return the result of each cell (sdk, place, answer) by its profile; all are played in one virtual world."""
    return clock.run(_expected(list(cells), hold_s, each))


@contextlib.asynccontextmanager
async def virtual_world() -> AsyncIterator[World]:
    """Give a virtual world whose job is RUNNING."""
    planned = race_plan(RunSpec("healthy"))
    trace, seeds = Trace(), Seeds(0)
    trace.clock(asyncio.get_running_loop().time)
    settings = dataclasses.replace(planned.settings, steps=1)
    engine = VirtualEngine(seeds, trace.emitter)
    async with World(engine, seeds, trace, planned.pairing, settings, own_user) as world:
        await world.start_job()
        yield world


def virtual_hold_s(place: Place, answer: Answer, hold_s: float) -> float:
    """Return how long a fault lasts in virtual time: busy polling shows early, and each request costs real time."""
    return min(hold_s, SPIN_SHOWS_S) if answer.may_spin_at(place) else hold_s


async def _expected(cells: list[tuple[str, str, str]], hold_s: float, each: Callable[[], None]) -> list[Found]:
    async with virtual_world() as world:

        async def one(sdk: str, place: Place, answer: Answer) -> Found:
            lasts_s = virtual_hold_s(place, answer, hold_s)
            found = await play(world, sdk, by_profile(profile_of(sdk), lasts_s), place, answer, lasts_s)
            each()
            return found

        return await asyncio.gather(*(one(sdk, PLACES[place], ANSWERS[answer]) for sdk, place, answer in cells))


def by_profile(profile: SdkProfile, hold_s: float) -> MakeUser:
    """Return a function that makes a user with the behaviour of the profile."""

    async def make(world: World, address: str, trace: Trace, place: Place) -> ProfiledUser:
        return ProfiledUser(world, address, profile, place, hold_s, trace.emitter("user"))

    return make


def apart(measured: Iterable[Found], profiled: Iterable[Found]) -> list[tuple[Found, Found]]:
    """Return the cells in which an SDK and its profile differ: (measured, by the profile).

    They are compared by what the user saw, how often the pod did each operation, whether a Retry-After was waited out,
    the SDK's own timeout, the number of requests, and for an endless fault when the SDK gave up. The requests of a busy
    poller are not compared: their number depends on the machine.
    """
    by_name = {cell.name: cell for cell in profiled}
    pairs = [(cell, by_name[cell.name]) for cell in measured]
    return [(found, said) for found, said in pairs if not _agree(found, said)]


def _agree(found: Found, said: Found) -> bool:
    if (found.seen, found.heeds_retry_after, found.applied) != (said.seen, said.heeds_retry_after, said.applied):
        return False
    if (found.peak_per_s > PACED_PER_S) != (said.peak_per_s > PACED_PER_S):
        return False
    if found.peak_per_s <= PACED_PER_S and not _close(found.requests, said.requests, 1 / 6):
        return False
    if not _close(found.timeout_s, said.timeout_s, 1 / 20):
        return False
    # whether 300 s allow a sixth round of retries depends on their jitter
    return not ANSWERS[found.answer].endless or _close(found.ended_s, said.ended_s, 1 / 6)


def _close(found: float | None, said: float | None, within: float) -> bool:
    """Return whether two numbers differ by at most a share of the larger, for jitter and a busy machine."""
    if found is None or said is None:
        return found is said
    return abs(found - said) <= within * max(found, said)
