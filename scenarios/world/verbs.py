"""Verbs for stories that cannot know how far their run comes: each ends when the run does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Final

from scenarios.sim.events import JobDeleted, RunFailed, RunFinished, RunStarted, StepAcknowledged
from scenarios.sim.first import first_of
from scenarios.world.account import ACCOUNT, JOB

if TYPE_CHECKING:
    from scenarios.world.builder import World

AFTERWARDS_S: Final = 600.0
"""How long a story may go on once its run is over: longer than a pod computes on alone in any race. A story that has
less time left than twice that in its world may use half of what is left."""


async def still_training(world: World, step: int, for_s: float = 0.0) -> bool:
    """Wait until a step was acknowledged (0: until the script began) and `for_s` more; False once the run is over."""
    first = world.until(StepAcknowledged, step=step) if step else world.until(RunStarted)
    reached, over = await first_of(_then(first, for_s), run_over(world))
    return reached and not over


async def run_over(world: World) -> None:
    """Wait until the user's script has ended, with or without an error."""
    await first_of(world.until(RunFinished), world.until(RunFailed))


async def story_over(world: World, story: asyncio.Future[None]) -> None:
    """Wait until a story is told; one that waits for what its run never reached is left `AFTERWARDS_S` after it."""
    await first_of(story, run_over(world))
    left_s = world.began_s + world.settings.horizon_s - asyncio.get_running_loop().time()
    done, _ = await asyncio.wait([story], timeout=min(AFTERWARDS_S, left_s / 2))
    if done:
        await story
    story.cancel()


async def recreate_job(world: World) -> None:
    """Delete the job, and create another of its name at once."""
    world.emit(JobDeleted(JOB))
    await world.reconciler.delete(ACCOUNT, JOB)
    world.reconciler.create(ACCOUNT, JOB)


async def _then(first: Awaitable[object], for_s: float) -> None:
    await first
    if for_s > 0:
        await asyncio.sleep(for_s)
