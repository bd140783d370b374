"""How often this process looks for garbage, while it plays many worlds or serves one."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from typing import Final

YOUNG: Final = 50_000
"""Objects that may come into being before those that are no more are looked for."""


class Garbage:
    """Looked for less often, and not among what is here by now, for as long as somebody holds it.

    Without that, an eighth of a world's time goes into looking at torch's objects again and again, and a fifth of what
    a gateway does for a request into looking at FastAPI's.
    """

    def __init__(self) -> None:
        self._holders = 0
        self._before = gc.get_threshold()

    def hold(self) -> None:
        """Look seldom from now on."""
        if self._holders == 0:
            self._before = gc.get_threshold()
            gc.collect()
            gc.freeze()
            gc.set_threshold(YOUNG)
        self._holders += 1

    def release(self) -> None:
        """Look as before, and at everything, when nobody else holds it."""
        self._holders -= 1
        if self._holders == 0:
            gc.set_threshold(*self._before)
            gc.unfreeze()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold it for a `with` block."""
        self.hold()
        try:
            yield
        finally:
            self.release()


GARBAGE = Garbage()
"""The one of this process."""
