"""The same cells in the virtual engine: what an SDK's profile says where the table says what the SDK does."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterable

from client.errors import describe
from client.job_manager import TrainerJobManager
from client.sdk_profiles import PROFILES, SdkProfile
from client.session import ServiceClient
from scenarios import events
from scenarios.conformance.answers import ANSWERS
from scenarios.conformance.cell import Found, MakeUser, play, think_s
from scenarios.conformance.places import PLACES, Place
from scenarios.runner import RunSpec, plan
from scenarios.world import clock
from scenarios.world.account import API_KEY, JOB
from scenarios.world.build import World
from scenarios.world.pods import BASE_MODEL
from scenarios.world.seeds import Seeds
from scenarios.world.trace import Trace
from scenarios.world.user import ADAM
from scenarios.world.virtual import VirtualEngine
from trainer_pod.text import batch


class ProfiledUser:
    """Makes the calls of the driver's script, as the SDK of a profile would."""

    def __init__(
        self, world: World, address: str, profile: SdkProfile, think_s: float, emit: Callable[[object], None]
    ) -> None:
        self._world = world
        self._url = f"http://{address}"
        self._profile = profile
        self._think_s = think_s
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
        """End the beats and the connections."""
        if self._service is not None:
            await self._service.close()
        await self._transport.close()

    async def _script(self) -> None:
        seeds, settings = self._world.seeds, self._world.settings
        jobs = TrainerJobManager(
            self._url, API_KEY, self._transport, seeds.stream("control-plane"), self._emit, gateway_url=self._url
        )
        trainer = await jobs.wait_for_existing(JOB)
        self._service = await ServiceClient.connect(
            trainer.base_url, API_KEY, transport=self._transport, rng=seeds.stream("sdk"), emit=self._emit,
            profile=self._profile,
        )  # fmt: skip
        client = await self._service.create_training_client(BASE_MODEL, settings.lora_rank)
        await client.get_info()
        await asyncio.sleep(self._think_s)
        forward = await client.forward_backward(batch(1, settings.batch, settings.length), "cross_entropy")
        step = await client.optim_step(ADAM)
        await forward.result()
        await step.result()
        await (await client.save_state("saved")).result()


def expected(
    cells: Iterable[tuple[str, str, str]], *, hold_s: float, each: Callable[[], None] = lambda: None
) -> list[Found]:
    """Return what the profiles say of each cell (sdk, place, answer), each in a virtual world of its own."""
    told = []
    for sdk, place, answer in cells:
        told.append(clock.run(_cell(sdk, place, answer, hold_s)))
        each()
    return told


async def _cell(sdk: str, place: str, answer: str, hold_s: float) -> Found:
    planned = plan(RunSpec("healthy"))
    trace, seeds = Trace(), Seeds(0)
    trace.clock(asyncio.get_running_loop().time)
    settings = dataclasses.replace(planned.settings, steps=1)
    async with World(VirtualEngine(seeds, trace.emitter), seeds, trace, planned.cast, settings) as world:
        await world.start_job()
        return await play(world, sdk, by_profile(PROFILES[sdk], hold_s), PLACES[place], ANSWERS[answer], hold_s)


def by_profile(profile: SdkProfile, hold_s: float) -> MakeUser:
    """Return what makes a user who behaves as the profile says."""

    async def make(world: World, address: str, trace: Trace, place: Place) -> ProfiledUser:
        return ProfiledUser(world, address, profile, think_s(place, hold_s), trace.emitter("user"))

    return make


def apart(measured: Iterable[Found], told: Iterable[Found]) -> list[tuple[Found, Found]]:
    """Return the cells in which an SDK did not do what its profile says: (measured, told).

    They are compared in what the user saw, in whether a Retry-After was waited out and in whether anything was applied
    twice. Numbers of requests are not: those of a poller that spins are as many as the machine has time for.
    """
    by_name = {(cell.sdk, cell.place, cell.answer): cell for cell in told}
    pairs = [(cell, by_name[cell.sdk, cell.place, cell.answer]) for cell in measured]
    return [(found, said) for found, said in pairs if _of(found) != _of(said)]


def _of(cell: Found) -> tuple[str, bool | None, bool]:
    return cell.seen, cell.heeds_retry_after, any(times > 1 for times in cell.applied)
