"""How work that blocks is run: here and now on the loop, or wherever whoever builds the pod says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Blocking(Protocol):
    """Runs a call that blocks, and returns what it returns."""

    async def __call__(self, call: Callable[[], T], /) -> T:
        """Run `call` to its end."""
        ...


async def inline(call: Callable[[], T]) -> T:
    """Run the call on the loop itself: in virtual time it takes none."""
    return call()
