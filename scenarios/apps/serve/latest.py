"""The trace of a world that nobody ends: of all that happens, what happened last."""

from __future__ import annotations

from scenarios.sim.trace import Trace

KEPT = 20_000
"""Events: some minutes of a client that spins, hours of one that trains; about 8 MB."""


class LatestTrace(Trace):
    """Keeps at least the last `kept` events, and at most half as many again; `forgotten` counts those before them."""

    def __init__(self, kept: int = KEPT) -> None:
        super().__init__()
        self.forgotten = 0
        self._kept = kept
        self.watch(self._forget)

    def text(self) -> str:
        """Return what is kept for reading, under a line that says what is not."""
        before = f"... {self.forgotten:,} events before these are not kept\n" if self.forgotten else ""
        return before + super().text()

    def _forget(self, event: object) -> None:
        """Let go of many at a time, for the list moves up each time."""
        if len(self.entries) >= self._kept + max(self._kept // 2, 1):
            gone = len(self.entries) - self._kept
            del self.entries[:gone]
            self.forgotten += gone
