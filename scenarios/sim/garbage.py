"""How often this process looks for garbage, while it plays many worlds or serves one."""

from __future__ import annotations

import gc
from typing import Final

from scenarios.sim.ref_counted import RefCounted

YOUNG: Final = 50_000
"""Objects that may come into being before those that are no more are looked for."""


class Garbage(RefCounted):
    """Looked for less often, and not among what is here by now, for as long as somebody holds it.

    Without that, an eighth of a world's time goes into looking at torch's objects again and again, and a fifth of what
    a gateway does for a request into looking at FastAPI's.
    """

    def __init__(self) -> None:
        self._before = gc.get_threshold()

    def begin(self) -> None:
        """Look seldom from now on."""
        self._before = gc.get_threshold()
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNG)

    def end(self) -> None:
        """Look as before, and at everything."""
        gc.set_threshold(*self._before)
        gc.unfreeze()


GARBAGE = Garbage()
"""The one of this process."""
