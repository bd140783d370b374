"""An asyncio loop with a virtual clock: when every task waits, time jumps to the next timer.

Product code calls `asyncio.sleep` and `loop.time()` as on a real loop. No task may wait for a thread or a socket,
because the loop does not see them (docs/reference/costs.md §1). If every task waits and no timer is set, the loop
raises `Deadlock`, which names the waiting tasks.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import math
import selectors
from collections.abc import Callable, Coroutine, Generator, Iterator
from typing import Any, Final, TypeVar

import anyio._backends._asyncio as anyio_asyncio

T = TypeVar("T")


class Deadlock(RuntimeError):
    """Every task waits and no timer is set; the message names each task and the line it waits at."""


class SeqTask(asyncio.Task[Any]):
    """A task that hashes by its number in order of creation, not by its address in memory."""

    def __init__(
        self,
        coro: Generator[Any, None, Any] | Coroutine[Any, Any, Any],
        *,
        loop: VirtualLoop,
        name: str | None = None,
        context: contextvars.Context | None = None,
    ) -> None:
        self._seq = loop.next_seq()
        super().__init__(coro, loop=loop, name=name or f"task-{self._seq}", context=context)

    def __hash__(self) -> int:
        return self._seq


class SeqFuture(asyncio.Future[Any]):
    """A future that hashes by its number in order of creation."""

    def __init__(self, *, loop: VirtualLoop) -> None:
        self._seq = loop.next_seq()
        super().__init__(loop=loop)

    def __hash__(self) -> int:
        return self._seq


class SeqScope(anyio_asyncio.CancelScope):
    """An anyio cancel scope with a stable hash, so that Starlette's task groups cancel in a fixed order."""

    def __new__(cls, *args: Any, **kwargs: Any) -> SeqScope:
        """Create the scope directly, without anyio's dispatch to a backend."""
        return object.__new__(cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        loop = asyncio.get_running_loop()
        self._seq = loop.next_seq() if isinstance(loop, VirtualLoop) else id(self)
        super().__init__(*args, **kwargs)

    def __hash__(self) -> int:
        return self._seq


RESOLUTION_S: Final = 1e-9
EPOCH_S: Final = 1_700_000_000.0
"""The time of day at which a virtual world begins, in seconds since 1970; a guest's clock begins there too."""


class _JumpingSelector(selectors.BaseSelector):
    """A selector that never waits: it advances the clock by the requested time-out."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.stuck: Callable[[], str] = lambda: "nothing is waiting"
        self.limit: tuple[float, Callable[[], None]] | None = None
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.limit is not None and (timeout is None or self.now_s + timeout >= self.limit[0]):
            limit_s, end = self.limit
            self.limit = None
            self.now_s = self.now_s if timeout is None else max(self.now_s, limit_s)
            end()
            return []
        if timeout is None:
            raise Deadlock(self.stuck())
        self.now_s += max(timeout, 0.0)
        return []

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key = selectors.SelectorKey(fileobj, -1, events, data)
        self._keys[fileobj] = key
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    def get_map(self) -> dict[Any, selectors.SelectorKey]:
        return self._keys


class VirtualLoop(asyncio.SelectorEventLoop):
    """The event loop with the virtual clock, which starts at 0.0 s."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        self._serial = 0
        super().__init__(self._jumping)
        self._jumping.stuck = self._who_waits
        self.set_task_factory(self._make_task)

    def time(self) -> float:
        """Return the seconds since the world began."""
        return self._jumping.now_s

    @property
    def _clock_resolution(self) -> float:
        """The seconds within which two times are one: a timer of the present must be due, also after months."""
        return max(RESOLUTION_S, 2 * math.ulp(self._jumping.now_s))

    @_clock_resolution.setter
    def _clock_resolution(self, seconds: float) -> None:
        """Ignore what asyncio measures of the real clock."""

    def end_at(self, limit_s: float, end: Callable[[], None]) -> None:
        """Call `end` once: when the clock reaches `limit_s`, or before, when every task waits and no timer is set.

        It is no timer: one more of them would change the order of those of one moment, and so a trace.
        """
        self._jumping.limit = (limit_s, end)

    def next_seq(self) -> int:
        """Return the next number, by which tasks, futures and scopes hash."""
        self._serial += 1
        return self._serial

    def create_future(self) -> asyncio.Future[Any]:
        """Create a future that hashes by its number."""
        return SeqFuture(loop=self)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Refuse: the virtual clock does not wait for a thread."""
        raise _no_threads(func)

    @staticmethod
    def _make_task(
        loop: asyncio.AbstractEventLoop,
        coro: Generator[Any, None, Any] | Coroutine[Any, Any, Any],
        **named: Any,
    ) -> asyncio.Task[Any]:
        assert isinstance(loop, VirtualLoop)
        return SeqTask(coro, loop=loop, **named)

    def _who_waits(self) -> str:
        lines = [f"  {line}" for line in waiting(self)]
        return "\n".join([f"at {self.time():.3f} s every task waits and no timer is set:", *lines])


def time_of_day_s() -> float:
    """Return the time of day of the running loop's virtual world, in seconds since 1970."""
    return EPOCH_S + asyncio.get_running_loop().time()


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` on a new virtual loop, cancel its remaining tasks, and return its result.

    Raises `Deadlock` when every task waits and no timer is set, and the exceptions of `main`.
    """
    loop = VirtualLoop()
    with _anyio_in_order():
        try:
            asyncio.set_event_loop(loop)
            return loop.run_until_complete(main)
        finally:
            _cancel_all(loop)
            loop.run_until_complete(loop.shutdown_asyncgens())
            asyncio.set_event_loop(None)
            loop.close()


@contextlib.contextmanager
def _anyio_in_order() -> Iterator[None]:
    """Make anyio, and so Starlette, cancel in a fixed order and start no threads while a world runs."""

    async def refuse(func: Any, *args: Any, **options: Any) -> Any:
        raise _no_threads(func)

    backend = anyio_asyncio.AsyncIOBackend
    plain_scope, plain_threads = anyio_asyncio.CancelScope, backend.run_sync_in_worker_thread
    anyio_asyncio.CancelScope = SeqScope  # type: ignore[misc]
    backend.run_sync_in_worker_thread = refuse  # type: ignore[method-assign]
    try:
        yield
    finally:
        anyio_asyncio.CancelScope = plain_scope  # type: ignore[misc]
        backend.run_sync_in_worker_thread = plain_threads  # type: ignore[method-assign]


def _no_threads(func: Any) -> RuntimeError:
    return RuntimeError(
        f"{func!r} asked for a thread in a virtual world; make the endpoint `async def` or run the call inline"
    )


def waiting(loop: asyncio.AbstractEventLoop) -> list[str]:
    """Return a sentence for each task of a loop but the running one: its name, and the line at which it waits."""
    others = asyncio.all_tasks(loop) - {asyncio.current_task(loop)}
    return [f"{task.get_name()} waits at {_where(task)}" for task in sorted(others, key=hash)]


def _cancel_all(loop: VirtualLoop) -> None:
    left = sorted(asyncio.all_tasks(loop), key=hash)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))


def _where(task: asyncio.Task[Any]) -> str:
    """Return file:line and function of the innermost frame outside asyncio in which the task waits."""
    coro: Any = task.get_coro()
    place = "its start"
    while coro is not None:
        frame = getattr(coro, "cr_frame", None) or getattr(coro, "gi_frame", None)
        if frame is not None and "asyncio" not in frame.f_code.co_filename:
            parts = frame.f_code.co_filename.replace("\\", "/").split("/")
            place = f"{'/'.join(parts[-2:])}:{frame.f_lineno} in {frame.f_code.co_name}"
        coro = getattr(coro, "cr_await", None) or getattr(coro, "gi_yieldfrom", None)
    return place
