"""How often this process collects garbage, while it plays many worlds or serves one."""

import gc
from typing import Final

from scenarios.sim.ref_counted import RefCounted

YOUNG: Final = 50_000
"""Allocations between two collections of the youngest generation."""


class Garbage(RefCounted):
    """While held: `gc.freeze()` and a higher threshold.

    Without that, an eighth of a world's time goes into visiting torch's objects, and a fifth of a gateway's time for a
    request into visiting FastAPI's.
    """

    def __init__(self) -> None:
        self._before = gc.get_threshold()

    def begin(self) -> None:
        """Freeze what exists, and collect seldom."""
        self._before = gc.get_threshold()
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNG)

    def end(self) -> None:
        """Collect as before, and everything."""
        gc.set_threshold(*self._before)
        gc.unfreeze()


GARBAGE = Garbage()
"""The one of this process."""
