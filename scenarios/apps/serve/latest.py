"""The trace of a served world, which has no end: the latest events."""

from scenarios.sim.trace import Trace

KEPT = 20_000
"""Events: some minutes of a busy poller, hours of a training client; about 8 MB."""


class LatestTrace(Trace):
    """Keeps at least the last `kept` events, and at most half as many again; `forgotten` counts those before them."""

    def __init__(self, kept: int = KEPT) -> None:
        super().__init__()
        self.forgotten = 0
        self._kept = kept
        self.watch(self._forget)

    def text(self) -> str:
        """Return the kept events for reading, under a line that counts the others."""
        before = f"... {self.forgotten:,} events before these are not kept\n" if self.forgotten else ""
        return before + super().text()

    def _forget(self, event: object) -> None:
        """Drop many events at a time, because the list is copied each time."""
        if len(self.entries) >= self._kept + max(self._kept // 2, 1):
            gone = len(self.entries) - self._kept
            del self.entries[:gone]
            self.forgotten += gone
