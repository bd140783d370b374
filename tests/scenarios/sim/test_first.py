"""The first of several things ends the wait; what only waited for it is cancelled."""

import asyncio

from gateway_sim.scenarios.sim.clock import run
from gateway_sim.scenarios.sim.first import first_of


def test_the_first_ends_the_wait_and_a_coroutine_that_is_late_is_cancelled():
    """Of each is said whether it is done."""
    ended = []

    async def after(seconds):
        try:
            await asyncio.sleep(seconds)
        finally:
            ended.append(asyncio.get_running_loop().time())

    async def story():
        done = await first_of(after(5.0), after(2.0))
        # what a world leaves behind is cancelled at its end, which is later
        await asyncio.sleep(1.0)
        return done, list(ended)

    assert run(story()) == ([False, True], [2.0, 2.0])


def test_the_callers_own_task_goes_on_and_the_wait_may_have_a_limit():
    """Nothing is done within a second; the task is there later."""

    async def story():
        task = asyncio.ensure_future(asyncio.sleep(3.0, "done"))
        return await first_of(task, asyncio.sleep(9.0), within_s=1.0), await task

    assert run(story()) == ([False, False], "done")
