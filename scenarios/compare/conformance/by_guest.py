"""The same cells in virtual time with the SDKs themselves, each cell in a world of its own."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from gateway_sim.scenarios.compare.conformance.answers import ANSWERS
from gateway_sim.scenarios.compare.conformance.by_profile import virtual_hold_s, virtual_world
from gateway_sim.scenarios.compare.conformance.cell import Cell, Found, MakeUser, play, task_at
from gateway_sim.scenarios.compare.conformance.places import PLACES, Place
from gateway_sim.scenarios.engines.guest.user import guest_with_task
from gateway_sim.scenarios.engines.live.sdks.environments import SdkEnvironment, named
from gateway_sim.scenarios.run.rows import Row
from gateway_sim.scenarios.run.store import Store, kept
from gateway_sim.scenarios.run.sweep import spread
from gateway_sim.scenarios.run.workers import Workers
from gateway_sim.scenarios.sim import clock
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.user import TrainingScript


def by_guests(cells: Iterable[Cell], workers: Workers, *, hold_s: float, store: Store | None = None) -> Iterator[Found]:
    """Yield the result of each cell (sdk, place, answer), in order; from a `store`, those of the same packages."""
    wanted = list(cells)

    def running(left: Sequence[Cell]) -> Iterator[Found]:
        return spread(partial(_found, hold_s=hold_s), left, workers, chunk=1, named=" ".join)

    packages = {sdk: named(sdk).summary for sdk in dict.fromkeys(sdk for sdk, *_ in wanted)}
    yield from kept(store, wanted, running, row, hold_s, packages)


def row(cell: Cell, found: Found) -> Row:
    """Return the columns of a cell in a store of runs; its outcome is what the user saw."""
    words = dict(zip(("sdk", "place", "answer"), cell, strict=True))
    figures = {"requests": found.requests, "peak_requests_per_s": found.peak_per_s, "finished_s": found.ended_s}
    return {**words, **figures, "engine": "virtual", "driver": "sdk", "outcome": found.seen}


def _found(cell: Cell, hold_s: float) -> Found:
    return clock.run(_played(cell, hold_s))


async def _played(cell: Cell, hold_s: float) -> Found:
    sdk, place, answer = cell[0], PLACES[cell[1]], ANSWERS[cell[2]]
    lasts_s = virtual_hold_s(place, answer, hold_s)
    async with virtual_world() as world:
        return await play(world, sdk, by_guest(named(sdk), lasts_s), place, answer, lasts_s)


def by_guest(environment: SdkEnvironment, hold_s: float) -> MakeUser:
    """Return a function that makes a user of the real SDK in virtual time."""

    async def make(world: World, address: str, trace: Trace, place: Place) -> TrainingScript:
        return guest_with_task(environment, world, address, task_at(world, address, place, hold_s), trace)

    return make
