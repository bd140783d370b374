"""The verbs of stories whose run may end early, in a world whose events are reported by hand."""

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from gateway_sim.control_plane.events import JobMoved
from gateway_sim.events import RouteWithdrawn
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.events import (
    JobDeleted,
    RunFailed,
    RunFinished,
    RunStarted,
    StepAcknowledged,
    UserThought,
)
from gateway_sim.scenarios.world.account import JOB
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.verbs import recreate_job, run_over, still_training, story_over

STARTED, FIRST, SECOND, FINISHED = RunStarted(3), StepAcknowledged(1), StepAcknowledged(2), RunFinished(3)
FAILED = RunFailed("NotFoundError", 404, "poll", "no route")


def played(story: Callable[[World], Any], *told: tuple[float, object], **settings: str) -> RunResult:
    """Play a story in a world in which these events are reported at their seconds."""

    async def play(world: World) -> None:
        for at_s, event in told:
            asyncio.get_running_loop().call_at(at_s, world.emit, event)
        await story(world)

    planned = race_plan(RunSpec("healthy", settings=settings))
    return run_plan(dataclasses.replace(planned, race=dataclasses.replace(planned.race, play=play)))


@pytest.mark.parametrize(
    ("step", "for_s", "told", "trains", "at_s"),
    [
        (0, 0.0, [(1.0, STARTED), (9.0, FINISHED)], True, 1.0),
        (0, 2.5, [(1.0, STARTED), (9.0, FINISHED)], True, 3.5),
        (0, 0.5, [(1.0, STARTED), (9.0, FINISHED)], True, 1.5),
        (2, 0.0, [(1.0, STARTED), (2.0, FIRST), (3.0, SECOND), (9.0, FINISHED)], True, 3.0),
        (2, 2.5, [(1.0, STARTED), (3.0, SECOND), (9.0, FINISHED)], True, 5.5),
        (2, 2.5, [(1.0, STARTED), (3.0, SECOND), (4.0, FINISHED)], False, 4.0),
        (2, 0.0, [(1.0, STARTED), (2.0, FIRST), (4.0, FAILED)], False, 4.0),
        (0, 0.0, [(4.0, FAILED)], False, 4.0),
    ],
)
def test_a_run_still_trains_at_a_step_unless_it_has_ended(
    step: int, for_s: float, told: list[tuple[float, object]], trains: bool, at_s: float
) -> None:
    """Step 0 is its beginning; the wait ends with the run at the latest."""

    async def story(world: World) -> None:
        assert await (still_training(world, step, for_s) if for_s else still_training(world, step)) is trains
        assert asyncio.get_running_loop().time() == at_s

    played(story, *told)


@pytest.mark.parametrize("end", [FINISHED, FAILED])
def test_a_run_is_over_with_or_without_an_error(end: object) -> None:
    """Nothing else ends it."""

    async def story(world: World) -> None:
        await run_over(world)
        assert asyncio.get_running_loop().time() == 5.0

    played(story, (1.0, STARTED), (2.0, UserThought(1.0)), (5.0, end))


@pytest.mark.parametrize(
    ("takes_s", "horizon_s", "ends_s", "cancelled"),
    [(3.0, "900", 3.0, False), (400.0, "2000", 400.0, False), (1e6, "2000", 605.0, True), (1e6, "205", 105.0, True)],
    ids=["before the run", "after the run", "longer than any pod computes", "longer than half of the rest"],
)
def test_a_story_may_last_after_its_run_for_so_long(
    takes_s: float, horizon_s: str, ends_s: float, cancelled: bool
) -> None:
    """The run ends at 5 s; a story that waits in vain is cancelled."""
    stories: list[asyncio.Task[None]] = []

    async def story(world: World) -> None:
        stories.append(asyncio.get_running_loop().create_task(asyncio.sleep(takes_s)))
        await story_over(world, stories[0])
        assert asyncio.get_running_loop().time() == ends_s

    played(story, (5.0, FINISHED), horizon_s=horizon_s)
    assert stories[0].cancelled() is cancelled


def test_a_world_that_began_late_has_its_whole_horizon() -> None:
    """The rest is counted from its own begin."""

    async def story(world: World) -> None:
        await asyncio.sleep(20.0)
        world.began_s = 20.0
        await story_over(world, asyncio.get_running_loop().create_task(asyncio.sleep(1e6)))
        assert asyncio.get_running_loop().time() == 120.0

    played(story, (20.0, FINISHED), horizon_s="200")


def test_an_error_of_a_story_is_raised() -> None:
    """Also of one that outlives its run."""

    async def breaks() -> None:
        await asyncio.sleep(8.0)
        raise ZeroDivisionError("in the story")

    async def story(world: World) -> None:
        await story_over(world, asyncio.get_running_loop().create_task(breaks()))

    with pytest.raises(ZeroDivisionError, match="in the story"):
        played(story, (5.0, FINISHED))


def test_a_job_that_is_recreated_was_deleted_and_starts_at_once() -> None:
    """Its route is withdrawn; the new job has the next incarnation."""

    async def story(world: World) -> None:
        await world.start_job()
        await recreate_job(world)
        await world.until_running(2)

    result = played(story)
    told = [(e.at_s, e.event) for e in result.trace.of(JobDeleted, RouteWithdrawn)]
    assert told == [(1.0, JobDeleted(JOB)), (1.0, RouteWithdrawn("acme", JOB, 1))]
    states = [entry.event.state.removeprefix("JOB_STATE_") for entry in result.trace.of(JobMoved)]
    assert states == ["CREATING", "PENDING", "RUNNING", "DELETED", "CREATING", "PENDING", "RUNNING"]
