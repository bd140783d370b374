"""Coalesces concurrent reads of one key."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SingleFlight(Generic[K, V]):
    """Coalesces reads by key; a caller gets the answer of a read that began after its call.

    A running read may have begun before the caller's own write, so later callers share the next read instead. For each
    key at most one read runs and one waits.
    """

    def __init__(self, read: Callable[[K], Awaitable[V]]) -> None:
        self._read = read
        self._flying: dict[K, asyncio.Task[V]] = {}
        self._boarding: dict[K, asyncio.Task[V]] = {}

    async def __call__(self, key: K) -> V:
        """Return the result of a read of `key`, or raise its error; a cancelled caller does not cancel the read."""
        task = self._boarding.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._fly(key, self._flying.get(key)), name=f"read {key}")
            task.add_done_callback(_seen)
            self._boarding[key] = task
        return await asyncio.shield(task)

    def is_boarding(self, key: K) -> bool:
        """Say whether a read of `key` waits to begin, which a caller would share."""
        return key in self._boarding

    async def _fly(self, key: K, before: asyncio.Task[V] | None) -> V:
        if before is not None:
            await asyncio.wait([before])
        self._flying[key] = self._boarding.pop(key)
        try:
            return await self._read(key)
        finally:
            del self._flying[key]


def _seen(task: asyncio.Task[V]) -> None:
    """Retrieve the exception, or asyncio logs it when all callers are cancelled."""
    if not task.cancelled():
        task.exception()
