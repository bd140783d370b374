"""Where work that blocks is run: in place by default, in a thread where a live engine passes such a callable."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Blocking(Protocol):
    """Runs a call that does not await, and returns what it returns."""

    def __call__(self, call: Callable[[], T], /) -> Awaitable[T]:
        """Run `call`."""
        ...


async def inline(call: Callable[[], T]) -> T:
    """Run `call` right here: no thread, and no time on a virtual loop."""
    return call()
