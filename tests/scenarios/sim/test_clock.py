"""The loop is the clock: sleeping costs nothing, order is stable, and a deadlock names who waits for what."""

import asyncio
import time

import anyio
import pytest

from gateway_sim.scenarios.sim.clock import Deadlock, run


def now_s() -> float:
    """Ask the running loop for the time."""
    return asyncio.get_running_loop().time()


def test_two_hours_pass_in_no_time() -> None:
    """Sleeping moves the clock by exactly what was asked, and the wall hardly at all."""

    async def sleep() -> float:
        await asyncio.sleep(7200)
        return now_s()

    began = time.perf_counter()
    assert run(sleep()) == 7200
    assert time.perf_counter() - began < 5


def test_timeouts_bite_at_their_second() -> None:
    """asyncio's and anyio's timeouts end a wait when the virtual clock says so."""

    async def wait() -> list[float]:
        ended = []
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await asyncio.sleep(10)
        ended.append(now_s())
        with anyio.move_on_after(2):
            await anyio.sleep(10)
        ended.append(now_s())
        return ended

    assert run(wait()) == [3.0, 5.0]


def test_a_deadlock_names_each_task_and_its_line() -> None:
    """When every task waits and no timer is set, the error says who waits where."""

    async def never() -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        await asyncio.create_task(never(), name="the one who waits")

    with pytest.raises(Deadlock, match=r"the one who waits waits at .*test_clock\.py:\d+ in never"):
        run(main())


def test_a_thread_is_refused() -> None:
    """Work in a thread takes no virtual time, so asking for one is an error that says what to do."""

    async def main() -> None:
        await asyncio.to_thread(print)

    with pytest.raises(RuntimeError, match="asked for a thread in a virtual world"):
        run(main())


def test_what_a_world_leaves_behind_is_cancelled() -> None:
    """A task that outlives the main one is cancelled, and may clean up after itself."""
    cleaned = []

    async def linger() -> None:
        try:
            await asyncio.sleep(1e9)
        finally:
            cleaned.append(now_s())

    async def main() -> asyncio.Task[None]:
        task = asyncio.create_task(linger())
        await asyncio.sleep(1)
        return task

    run(main())
    assert cleaned == [1.0]


def test_task_groups_cancel_in_the_order_their_tasks_were_made() -> None:
    """asyncio and anyio keep tasks in sets; here a set's order does not depend on addresses in memory."""

    async def cancelled(order: list[int], n: int) -> None:
        try:
            await anyio.sleep(100)
        finally:
            order.append(n)

    async def main() -> list[int]:
        order: list[int] = []
        async with anyio.create_task_group() as group:
            for n in range(40):
                group.start_soon(cancelled, order, n)
            await anyio.sleep(1)
            group.cancel_scope.cancel()
        tasks = {asyncio.create_task(cancelled(order, n)) for n in range(40, 80)}
        await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return order

    assert run(main()) == run(main())


def test_a_timer_is_due_after_months_as_after_seconds():
    """Two times that a float cannot tell apart are one: otherwise the loop would turn for ever beside a due timer."""

    async def nap() -> float:
        for _ in range(3):
            await asyncio.sleep(365 * 86_400.0 / 3)
        return asyncio.get_running_loop().time()

    assert run(nap()) == pytest.approx(365 * 86_400.0)
