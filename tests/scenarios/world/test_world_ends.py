"""How a world ends: by its horizon or by a part, and what it closes."""

import asyncio
import dataclasses
from collections.abc import Callable
from typing import TypeVar

import pytest

from gateway_sim.route_table import RouteTable
from gateway_sim.scenarios.engines.virtual.engine import VirtualEngine
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.runner import run, run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim import clock
from gateway_sim.scenarios.sim.events import (
    RunHung,
    RunStarted,
)
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.gateway import App, OwnGateway
from gateway_sim.scenarios.world.own_user import own_user
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.scenarios.world.user import TrainingScript

T = TypeVar("T")


@pytest.mark.parametrize("horizon_s", [5.0, 7.25, 2.12345678])
def test_a_run_that_has_not_ended_at_the_horizon_hung(horizon_s: float) -> None:
    """It is reported with the seconds and the requests of its clients."""
    result = run(RunSpec("healthy", settings={"horizon_s": str(horizon_s), "think_s": "100"}))
    (hung,) = result.trace.of(RunHung)
    assert (hung.event.after_s, hung.at_s) == (round(horizon_s, 6), pytest.approx(horizon_s))
    assert hung.event.requests == result.metrics.requests > 0
    assert result.outcome == "hung"


def test_a_run_that_sends_too_many_requests_hung_too() -> None:
    """Before the horizon, with so many requests as the setting allows."""
    result = run(RunSpec("healthy", settings={"most_requests": "6"}))
    (hung,) = result.trace.of(RunHung)
    assert hung.event.requests == 6
    assert 0 < hung.event.after_s < 900


@pytest.mark.parametrize("before", [True, False])
def test_a_part_that_ends_ends_the_story_with_the_first_error(before: bool) -> None:
    """Also one that ended before the story began; the world waits for nothing then."""
    seconds: list[float] = []

    async def story(world: World) -> None:
        world.engine.broken(OSError("the table is gone"))
        world.end(OSError("and the gateway too"))
        try:
            await asyncio.sleep(100.0)
        finally:
            seconds.append(asyncio.get_running_loop().time())

    async def ended(world: World) -> TrainingScript:
        world.engine.broken(OSError("the table is gone"))
        return await own_user(world)

    async def never(world: World) -> None:
        await asyncio.sleep(0.5)
        raise AssertionError("the story began")

    trace = Trace()
    trace.watch(lambda event: seconds.append(asyncio.get_running_loop().time()))
    planned = race_plan(RunSpec("healthy"))
    race = dataclasses.replace(planned.race, play=never if before else story)
    plan = dataclasses.replace(planned, race=race, user_of=ended if before else None)
    with pytest.raises(OSError, match="the table is gone"):
        run_plan(plan, trace)
    assert max(seconds) == 0.0
    assert not trace.reached(RunHung)


def test_a_part_that_ends_after_the_story_does_not_end_it_again() -> None:
    """Nothing is left to end, and the loop does not complain of an error that nothing waited for."""

    async def story() -> None:
        trace, seeds = Trace(), Seeds(0)
        pairing = race_plan(RunSpec("healthy")).pairing
        async with World(VirtualEngine(seeds, trace.emitter), seeds, trace, pairing, Settings(), own_user) as world:
            await world.play(World.start_job)
            world.end(OSError("too late"))
            assert world.over.done()
            assert not world.over._log_traceback  # type: ignore[attr-defined]

    clock.run(story())


class Closes(OwnGateway):
    """This project's gateway, which may fail to start, and counts how often it was closed."""

    def __init__(self, error: Exception | None = None) -> None:
        self.closed = 0
        self._error = error

    async def start(self, world: World) -> App:
        """Start, or fail."""
        if self._error is not None:
            raise self._error
        return await super().start(world)

    async def close(self) -> None:
        """Count it."""
        self.closed += 1


class Closing(VirtualEngine):
    """A virtual engine that notes how it was closed."""

    exits: list[tuple[object, ...]]
    table_name = "of-this-world"
    calls = dropped = 0

    async def blocking(self, call: Callable[[], T], /) -> T:
        """Count the call."""
        self.calls += 1
        return await super().blocking(call)

    async def __aexit__(self, *error: object) -> None:
        """Note what it is closed for."""
        self.exits = [*getattr(self, "exits", ()), error]
        await super().__aexit__(*error)

    async def drop(self, table: RouteTable) -> None:
        """Count it."""
        self.dropped += 1
        await super().drop(table)


@pytest.mark.parametrize("error", [None, OSError("no port is free")])
def test_a_world_that_ends_or_cannot_be_built_closes_its_gateway_its_table_and_its_engine(
    error: Exception | None,
) -> None:
    """An error of the build is raised, and the engine is closed with it; a user that still trains is cancelled."""
    trace, seeds, gateway = Trace(), Seeds(0), Closes(error)
    engine = Closing(seeds, trace.emitter)
    pairing = race_plan(RunSpec("healthy")).pairing
    tasks: list[asyncio.Task[None]] = []

    async def story() -> None:
        async with World(engine, seeds, trace, pairing, Settings(think_s=50.0), own_user, gateway) as world:
            await world.start_job()
            tasks.append(world.start_training())
            await world.until(RunStarted)
        assert engine.calls > 0
        assert world.table.table_name == "of-this-world"
        assert tasks[0].cancelled()
        assert tasks[0].get_name() == "the user's script"

    if error is None:
        clock.run(story())
        assert engine.exits == [(None, None, None)]
    else:
        with pytest.raises(OSError, match="no port is free"):
            clock.run(story())
        ((kind, raised, traceback),) = engine.exits
        assert (kind, raised) == (OSError, error)
        assert traceback is not None
    assert (gateway.closed, engine.dropped) == (1, 1)


def test_a_script_that_is_cancelled_ends_before_its_world_does() -> None:
    """It may still talk to its pod, as a program does that saves at SIGTERM."""
    done: list[str] = []

    class Script:
        async def train(self) -> None:
            try:
                await asyncio.sleep(100.0)
            finally:
                await asyncio.sleep(1.0)
                done.append("the script ended")

        async def close(self) -> None:
            done.append("its connections were closed")

    async def user_of(world: World) -> TrainingScript:
        return Script()

    async def story(world: World) -> None:
        world.start_training()
        await asyncio.sleep(1.0)

    planned = race_plan(RunSpec("healthy"))
    plan = dataclasses.replace(planned, race=dataclasses.replace(planned.race, play=story), user_of=user_of)
    run_plan(plan)
    assert done == ["the script ended", "its connections were closed"]
