"""A client whose warm-up leaves ten seconds between two successes."""

from __future__ import annotations

from client.warmup import Warmup
from scenarios.search.mutations import Guard, Put

part = "client policy warmup-verified"
guards = [Guard("healthy", "warmup-verified", "not-found", "the healthy run pays at most the warm up")]


def break_it(put: Put) -> None:
    """Wait longer."""

    def ten(self: Warmup, misses: int) -> float:
        return 10.0

    put(Warmup, "wait_s", ten)
