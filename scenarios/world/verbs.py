"""Verbs for stories whose run may end early: each verb ends with the run at the latest."""

import asyncio
from collections.abc import Awaitable
from typing import Final

from gateway_sim.scenarios.sim.events import JobDeleted, RunFailed, RunFinished, RunStarted, StepAcknowledged
from gateway_sim.scenarios.sim.first import first_of
from gateway_sim.scenarios.world.account import ACCOUNT, JOB
from gateway_sim.scenarios.world.builder import World

AFTERWARDS_S: Final = 600.0
"""The seconds that a story may last after its run: longer than any pod computes without a client. A story whose world
ends in less than twice that time gets half of the rest."""


async def still_training(world: World, step: int, for_s: float = 0.0) -> bool:
    """Wait until a step is acknowledged (0: until the script begins) and for `for_s` more; False if the run ends."""
    first = world.until(StepAcknowledged, step=step) if step else world.until(RunStarted)
    reached, over = await first_of(_then(first, for_s), run_over(world))
    return reached and not over


async def run_over(world: World) -> None:
    """Wait until the user's script has ended, with or without an error."""
    await first_of(world.until(RunFinished), world.until(RunFailed))


async def story_over(world: World, story: asyncio.Future[None]) -> None:
    """Wait for the end of a story; cancel it `AFTERWARDS_S` after its run, if it waits for an event in vain."""
    await first_of(story, run_over(world))
    left_s = world.began_s + world.settings.horizon_s - asyncio.get_running_loop().time()
    done, _ = await asyncio.wait([story], timeout=min(AFTERWARDS_S, left_s / 2))
    if done:
        await story
    story.cancel()


async def recreate_job(world: World) -> None:
    """Delete the job, and at once create another one with its name."""
    world.emit(JobDeleted(JOB))
    await world.reconciler.delete(ACCOUNT, JOB)
    world.reconciler.create(ACCOUNT, JOB)


async def _then(first: Awaitable[object], for_s: float) -> None:
    await first
    if for_s > 0:
        await asyncio.sleep(for_s)
