"""The order of a training client's dispatches: numbers are drawn at once, requests dispatched one by one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Sequencer:
    """Draws sequence numbers from 1, and lets each dispatch begin when the one before it is done.

    A number that is drawn and never taken blocks all later ones for ever, as in tinker
    (docs/reference/findings.md §0 F2). A failed dispatch counts as done, so later requests are still sent
    (docs/reference/protocol.md §6).
    """

    def __init__(self) -> None:
        self.done = 0
        """The last number whose turn is over; 0 before the first."""
        self._drawn = 0
        self._waiting: dict[int, asyncio.Event] = {}

    def draw(self) -> int:
        """Return the next number."""
        self._drawn += 1
        return self._drawn

    @asynccontextmanager
    async def take(self, number: int) -> AsyncIterator[None]:
        """Wait for a number's turn, and end the turn on leaving."""
        if self.done < number - 1:
            event = self._waiting[number] = asyncio.Event()
            try:
                await event.wait()
            finally:
                del self._waiting[number]
        try:
            yield
        finally:
            self.done = number
            if number + 1 in self._waiting:
                self._waiting[number + 1].set()
