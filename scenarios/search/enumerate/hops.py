"""Messages between the parts of a small world: each takes a moment, and one may be lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from scenarios.search.enumerate.events import HopLost
from scenarios.search.enumerate.lazy_state import LazyState

Emit = Callable[[object], None]

HOP_S: Final = 0.001
"""Every message takes so long."""


async def hop(unfolding: LazyState, emit: Emit, name: str, path: str, failure: Exception) -> None:
    """Carry a message about `path` over the hop `name`, such as "pod to gateway"; raise `failure` if it is lost."""
    await asyncio.sleep(HOP_S)
    if unfolding.loses(name):
        emit(HopLost(name, path))
        raise failure
