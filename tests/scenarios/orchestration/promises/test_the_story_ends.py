"""Two runs that wait for each other: a verdict with who waits where, and not an error of ours.

A failed run is cleared while the next one holds the only slot and waits for it (apache/airflow issues 18304 and 29524).
"""

import asyncio
from dataclasses import dataclass

import pytest

from gateway_sim.control_plane.scheduling.cluster import Cluster
from gateway_sim.control_plane.scheduling.work import Rules, Work
from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.orchestration.promises.every_run_ends_by_its_deadline import every_run_ends_by_its_deadline
from gateway_sim.scenarios.orchestration.promises.the_story_ends import the_story_ends
from gateway_sim.scenarios.orchestration.stories import Scenario
from gateway_sim.scenarios.orchestration.workloads.events import DeadlineSet
from gateway_sim.scenarios.orchestration.workloads.sandbox import A_YEAR_S, Sandbox, SandboxSettings
from gateway_sim.scenarios.run.plans import StoryPlan
from gateway_sim.scenarios.run.result import StoryResult
from gateway_sim.scenarios.run.runner import run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.events import StoryHung


@dataclass(frozen=True)
class Settings(SandboxSettings):
    """Nothing but the variant."""


async def cleared(sandbox: Sandbox[Settings]) -> None:
    """Run two days in one slot; in the fixed variant a run whose past is not done takes no slot."""
    cluster = Cluster("days", {"node": 8}, Rules(), emit=sandbox.emit)
    slot, past = asyncio.Semaphore(1), asyncio.Event()

    async def run(name: str, after_s: float) -> None:
        sandbox.emit(DeadlineSet("days", name, sandbox.now_s + 7200.0))
        await asyncio.sleep(after_s)
        if name == "day-2" and sandbox.settings.variant == "fixed":
            await past.wait()
        async with slot:
            if name == "day-2":
                await past.wait()
            await cluster.submit(Work(name, 1, 600.0))
        past.set()

    await asyncio.gather(run("day-2", 0.0), run("day-1", 60.0))


def played(variant: str, horizon_s: float = A_YEAR_S) -> StoryResult:
    """Play the story in a variant."""
    story = Scenario(
        name="cleared-run", summary="", origin="", settings=Settings(), needs=(),
        promises=[every_run_ends_by_its_deadline, the_story_ends], must_reach=[DeadlineSet], play=cleared,
        damage=lambda trace, settings: Damage(0, "runs that never end", "", {}), omits=(), full={},
    )  # fmt: skip
    return run_plan(StoryPlan(RunSpec("cleared-run"), story, Settings(variant, horizon_s)))


def test_a_story_whose_work_waits_for_itself_is_judged() -> None:
    """By its own promise, and by the one that every story has: it names each task and where that waits."""
    broken = played("broken")
    assert (broken.verdict, broken.outcome) == ("broken", "hung")
    told = {violation.promise: violation.message for violation in broken.violations}
    assert told["every run ends by its deadline"] == "day-1 of days never ended"
    ended = told["the story ends"]
    assert ended.startswith("it had not ended at 60 s: ")
    assert ended.count("test_the_story_ends.py:") == 3
    assert "in run" in ended


def test_a_story_that_ends_is_not_touched() -> None:
    """The same story with the fix."""
    fixed = played("fixed")
    assert (fixed.verdict, fixed.outcome, fixed.trace.reached(StoryHung)) == ("kept", "completed", False)


def test_the_horizon_is_a_setting() -> None:
    """A story that takes longer than its user would wait has hung too; its work is ended with it."""
    short = played("fixed", horizon_s=30.0)
    hung = next(short.trace.of(StoryHung))
    assert (short.outcome, hung.at_s, hung.event.after_s) == ("hung", 30.0, 30.0)


def test_an_error_of_a_story_is_raised_as_it_is() -> None:
    """It is a defect of the story's author, with its traceback."""

    async def fails(sandbox: Sandbox[Settings]) -> None:
        raise ZeroDivisionError("in the story")

    plan = StoryPlan(
        RunSpec("fails"),
        Scenario("fails", "", "", Settings(), (), (), (), fails, lambda t, s: Damage(0, "", "", {}), (), {}),
        Settings(),
    )
    with pytest.raises(ZeroDivisionError, match="in the story"):
        run_plan(plan)
