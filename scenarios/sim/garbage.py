"""The garbage collection of this process while it plays many worlds or serves one."""

import gc
from typing import Final

from gateway_sim.scenarios.sim.ref_counted import RefCounted

YOUNG: Final = 50_000
"""Allocations between two collections of the youngest generation."""


class Garbage(RefCounted):
    """While held: `gc.freeze()` and a higher threshold.

    Otherwise the collector spends an eighth of a world's time on torch's objects, and a fifth of a gateway's time per
    request on FastAPI's.
    """

    def __init__(self) -> None:
        self._before = gc.get_threshold()

    def begin(self) -> None:
        """Freeze the existing objects, and raise the threshold."""
        self._before = gc.get_threshold()
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNG)

    def end(self) -> None:
        """Restore the threshold, and collect every object again."""
        gc.set_threshold(*self._before)
        gc.unfreeze()


GARBAGE = Garbage()
"""The instance of this process."""
