"""Concurrent reads of one key share one answer."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SingleFlight(Generic[K, V]):
    """Coalesces reads by key; a caller gets the answer of a read that began no earlier than its call.

    A read that is under way may have looked before the caller's own write, so it is not joined: later callers share
    the next one. At most one read a key is under way, and one waits.
    """

    def __init__(self, read: Callable[[K], Awaitable[V]]) -> None:
        self._read = read
        self._flying: dict[K, asyncio.Task[V]] = {}
        self._boarding: dict[K, asyncio.Task[V]] = {}

    async def __call__(self, key: K) -> V:
        """Return what a read of `key` finds, or raise what it raises; a cancelled caller does not stop it."""
        task = self._boarding.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._fly(key, self._flying.get(key)), name=f"read {key}")
            task.add_done_callback(_seen)
            self._boarding[key] = task
        return await asyncio.shield(task)

    async def _fly(self, key: K, before: asyncio.Task[V] | None) -> V:
        if before is not None:
            await asyncio.wait([before])
        self._flying[key] = self._boarding.pop(key)
        try:
            return await self._read(key)
        finally:
            del self._flying[key]


def _seen(task: asyncio.Task[V]) -> None:
    """Mark a failure as known: every caller may be cancelled by now."""
    if not task.cancelled():
        task.exception()
