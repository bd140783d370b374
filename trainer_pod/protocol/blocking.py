"""How a call that blocks is run: on the loop itself by default, in a thread where the builder passes such a callable.

Pod and client share this; `gateway_sim.route_table`, which may import neither, has the same.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Blocking(Protocol):
    """Runs a call that blocks, and returns what it returns."""

    def __call__(self, call: Callable[[], T], /) -> Awaitable[T]:
        """Run `call` to its end."""
        ...


async def inline(call: Callable[[], T]) -> T:
    """Run the call on the loop itself: in virtual time it takes none."""
    return call()
