"""The addresses that pods have left: each is given away again once it has cooled down (ORCHESTRATION §4 C2)."""

from __future__ import annotations

import asyncio
from collections import deque


class LeftAddresses:
    """First left, first given away, and none sooner than `cooldown_s` after it was left."""

    def __init__(self, cooldown_s: float) -> None:
        self._cooldown_s = cooldown_s
        self._left: deque[tuple[float, str]] = deque()

    def leave(self, address: str) -> None:
        """Take note that nobody is at this address any more."""
        self._left.append((asyncio.get_running_loop().time(), address))

    def take(self) -> str | None:
        """Return the address that was left first, if it has cooled down."""
        if not self._left or asyncio.get_running_loop().time() - self._left[0][0] < self._cooldown_s:
            return None
        return self._left.popleft()[1]
