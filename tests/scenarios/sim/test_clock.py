"""The loop is the clock: sleeping costs nothing, order is stable, and a deadlock names who waits for what."""

import asyncio
import contextvars
import time
import types
from collections.abc import AsyncIterator, Generator
from typing import Any

import anyio
import anyio.to_thread
import pytest

from gateway_sim.scenarios.sim.clock import Deadlock, VirtualLoop, run, time_of_day_s, waiting


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


def test_the_day_of_every_world_begins_at_the_same_second() -> None:
    """In November 2023, so that dates in traces are plausible and the same in each run."""

    async def later() -> tuple[float, float]:
        began_s = time_of_day_s()
        await asyncio.sleep(5)
        return began_s, time_of_day_s()

    assert run(later()) == (1_700_000_000.0, 1_700_000_005.0)


@pytest.mark.parametrize(
    ("limit_s", "naps", "ended_s"),
    [(2.5, 3, [2.5]), (2.0, 3, [2.0]), (9.0, 3, []), (9.0, None, [2.0])],
    ids=["between two timers", "at a timer", "never reached", "every task waits"],
)
def test_a_limit_ends_a_world_once_and_is_no_timer(limit_s: float, naps: int | None, ended_s: list[float]) -> None:
    """At its moment, before the timers of that moment; or at once where nothing else could end the wait."""
    ended: list[float] = []
    woken: list[float] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        over = loop.create_future()

        def end() -> None:
            ended.append(now_s())
            over.set_result(None)

        loop.end_at(limit_s, end)
        for _ in range(naps or 2):
            waits = asyncio.ensure_future(asyncio.sleep(1))
            await asyncio.wait([waits, over], return_when=asyncio.FIRST_COMPLETED)
            woken.append(now_s())
            if over.done():
                return
        if naps is None:
            await over

    run(main())
    assert ended == ended_s
    assert woken == ([1.0, 2.0, limit_s] if ended_s == [2.5] else [1.0, 2.0] if ended_s else [1.0, 2.0, 3.0])


def test_after_its_limit_a_world_goes_on() -> None:
    """What is called may set another; without one, a world in which every task waits is stuck again."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        ended: list[float] = []
        loop.end_at(1.0, lambda: loop.end_at(4.0, lambda: ended.append(now_s())))
        await asyncio.sleep(3)
        assert (now_s(), ended) == (3.0, [])
        await asyncio.sleep(3)
        assert (now_s(), ended) == (6.0, [4.0])
        await asyncio.Event().wait()

    with pytest.raises(Deadlock, match=r"^at 6\.000 s every task waits and no timer is set:\n  task-1 waits at "):
        run(main())


def test_each_waiting_task_is_told_in_the_order_of_their_creation() -> None:
    """With its name, or its number; one that has not begun waits at its start, and the asking task is left out."""

    async def nap() -> None:
        await asyncio.sleep(100)

    @types.coroutine
    def old_style() -> Generator[Any, None, None]:
        yield from asyncio.sleep(100).__await__()

    async def walk() -> None:
        await old_style()

    async def main() -> list[str]:
        tasks = [asyncio.create_task(nap(), name="named"), asyncio.create_task(nap()), asyncio.create_task(walk())]
        await asyncio.sleep(1)
        tasks.append(asyncio.create_task(nap(), name="new"))
        return waiting(asyncio.get_running_loop())

    named, numbered, walking, new = run(main())
    assert named.startswith("named waits at sim/test_clock.py:")
    assert named.endswith(" in nap")
    assert numbered.startswith("task-")
    assert numbered.endswith(" in nap")
    assert walking.endswith(" in old_style")
    assert new == f"new waits at sim/test_clock.py:{nap.__code__.co_firstlineno} in nap"


def test_what_is_left_is_cancelled_in_the_order_of_creation_and_generators_are_closed() -> None:
    """A set of tasks has no order of its own."""
    ended: list[object] = []

    async def linger(n: int) -> None:
        try:
            await asyncio.sleep(100)
        finally:
            ended.append(n)

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            await asyncio.sleep(1)
            ended.append("generator")

    async def main() -> list[object]:
        left: list[object] = [asyncio.create_task(linger(n)) for n in range(30)]
        generator = numbers()
        await anext(generator)
        await asyncio.sleep(1)
        return [*left, generator]

    assert run(main())
    assert ended == [*range(30), "generator"]


def test_an_error_of_the_world_is_raised_and_its_loop_is_closed() -> None:
    """What runs next finds no loop and anyio as it was: its scopes, and its threads."""
    loops: list[asyncio.AbstractEventLoop] = []
    scope = anyio.CancelScope

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        with pytest.raises(RuntimeError, match="asked for a thread in a virtual world; make the endpoint `async def`"):
            await anyio.to_thread.run_sync(print)
        raise ZeroDivisionError("in the world")

    with pytest.raises(ZeroDivisionError, match="in the world"):
        run(main())
    assert loops[0].is_closed()
    assert anyio.CancelScope is scope
    with pytest.raises(RuntimeError):
        asyncio.get_event_loop()

    async def in_a_thread() -> tuple[int, bool]:
        with anyio.move_on_after(0.001) as late:
            await anyio.sleep(60)
        return await anyio.to_thread.run_sync(lambda: 7), late.cancelled_caught

    assert asyncio.run(in_a_thread()) == (7, True)


def test_a_task_has_the_context_that_it_is_given() -> None:
    """As on any other loop."""
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="none")

    async def read() -> str:
        return variable.get()

    async def main() -> list[str]:
        context = contextvars.copy_context()
        context.run(variable.set, "given")
        loop = asyncio.get_running_loop()
        return [await loop.create_task(read(), context=context), await loop.create_task(read())]

    assert run(main()) == ["given", "none"]


def test_tasks_futures_and_scopes_are_numbered_in_one_order() -> None:
    """So that a set of them has the same order in every process."""

    async def main() -> list[int]:
        loop = asyncio.get_running_loop()
        made: list[object] = [loop.create_future() for _ in range(2)]
        made += [anyio.CancelScope(), loop.create_task(asyncio.sleep(0)), loop.create_future()]
        return [hash(one) for one in made]

    numbers = run(main())
    assert numbers == sorted(set(numbers))
