"""Virtual time for tests of the four packages: a loop on which waiting is free, without the laboratory.

The laboratory's own loop (`gateway_sim.scenarios.sim.clock`) also orders sets and refuses threads; its guarantees are
tested in `tests/scenarios/sim`. looptime, the library for this, is not used: its pytest plugin fails without
pytest-asyncio.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class SkippingLoop(asyncio.SelectorEventLoop):
    """A loop that starts at 0.0 s and skips each wait: it looks for I/O that is ready, then moves its clock on."""

    def __init__(self) -> None:
        super().__init__()
        self._now_s = 0.0
        self._poll, self._selector.select = self._selector.select, self._skip

    def time(self) -> float:
        """Return the seconds that were skipped so far."""
        return self._now_s

    def _skip(self, timeout: float | None = None) -> list[Any]:
        ready = self._poll(0)
        if not ready and timeout is None:
            raise RuntimeError(f"at {self._now_s:g} s every task waits, and no timer is set")
        self._now_s += 0.0 if ready else timeout
        return ready


def run(story: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a loop of its own in virtual time, and return its result."""
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        return runner.run(story)
