"""The conformance table: cells played at the same time in one live world, each written to the file when it is done."""

import asyncio
import dataclasses
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path

from gateway_sim.scenarios.compare.conformance.answers import ANSWERS
from gateway_sim.scenarios.compare.conformance.cell import Cell, Found, by_the_sdk, play
from gateway_sim.scenarios.compare.conformance.kept import as_line
from gateway_sim.scenarios.compare.conformance.places import PLACES
from gateway_sim.scenarios.engines.live.engine import LiveEngine
from gateway_sim.scenarios.engines.live.sdks.environments import named, profile_of
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.own_user import own_user

WAITING = 64
"""How many cells that wait for minutes, with few requests, are played at the same time."""
BEGIN_APART_S = 1.0
"""Seconds between the starts of these cells: an SDK that connects keeps a core busy."""


def cells(sdks: Iterable[str], places: Iterable[str], answers: Iterable[str]) -> Iterator[Cell]:
    """Yield the cells of these rows and columns that are tried, SDK by SDK."""
    places, answers = tuple(places), tuple(answers)
    for sdk in sdks:
        for place in places:
            for answer in answers:
                samples = profile_of(sdk).sampling is not None or not PLACES[place].of_sampler
                if samples and ANSWERS[answer].is_tried_at(PLACES[place]):
                    yield sdk, place, answer


def fill(
    wanted: Iterable[Cell], *, hold_s: float, jobs: int, keep_in: Path | None, each: Callable[[Found], None]
) -> list[Found]:
    """Play the cells, `jobs` at a time; each is passed to `each` and written to `keep_in` as soon as it is done.

    Cells that may poll without a pause come last, one at a time; cells that wait for minutes run beside all others.
    """
    return asyncio.run(_fill(list(wanted), hold_s, jobs, keep_in, each))


async def _fill(
    wanted: list[Cell], hold_s: float, jobs: int, keep_in: Path | None, each: Callable[[Found], None]
) -> list[Found]:
    planned = race_plan(RunSpec("healthy", engine="live"))
    trace = Trace()
    trace.clock(asyncio.get_running_loop().time)
    found: list[Found] = []
    settings = dataclasses.replace(planned.settings, steps=1)
    async with World(LiveEngine(trace.emitter), Seeds(0), trace, planned.pairing, settings, own_user) as world:
        await world.start_job()

        async def one(cell: Cell, gate: asyncio.Semaphore, after_s: float) -> None:
            sdk, place, answer = cell
            await asyncio.sleep(after_s)
            async with gate:
                result = await play(world, sdk, by_the_sdk(named(sdk), hold_s), PLACES[place], ANSWERS[answer], hold_s)
            found.append(result)
            if keep_in is not None:
                with keep_in.open("a") as lines:
                    lines.write(as_line(result))
            each(result)

        async def all_of(some: list[Cell], at_once: int, apart_s: float = 0.0) -> None:
            gate = asyncio.Semaphore(at_once)
            async with asyncio.TaskGroup() as playing:
                for number, cell in enumerate(some):
                    playing.create_task(one(cell, gate, number * apart_s), name=" ".join(cell))

        # SDK by SDK: the users are forks of one process that has the SDK loaded
        for _, of_sdk in groupby(wanted, key=lambda cell: cell[0]):
            brief, spinning, waiting = _sorted(of_sdk)
            async with asyncio.TaskGroup() as beside:
                beside.create_task(all_of(waiting, WAITING, BEGIN_APART_S), name="cells that wait for minutes")
                await all_of(brief, jobs)
                await all_of(spinning, 1)
    return found


def _sorted(some: Iterable[Cell]) -> tuple[list[Cell], list[Cell], list[Cell]]:
    """Return the short cells, those that may poll without a pause, and those that wait for minutes."""
    brief: list[Cell] = []
    spinning: list[Cell] = []
    waiting: list[Cell] = []
    for cell in some:
        answer, place = ANSWERS[cell[2]], PLACES[cell[1]]
        kind = waiting if answer.endless or answer.silent else spinning if answer.may_spin_at(place) else brief
        kind.append(cell)
    return brief, spinning, waiting
