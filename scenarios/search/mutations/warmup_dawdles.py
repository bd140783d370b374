"""A client whose warm-up waits ten seconds between two successes."""

from client.warmup import Warmup
from scenarios.search.mutations import Guard, Whole, replacing

part = "client policy warmup-verified"
guards = [Guard("healthy", "warmup-verified", "not-found", "the healthy run pays at most the warm up")]


@replacing(Warmup, "wait_s")
def break_it(_: Whole, self: Warmup, misses: int) -> float:
    """Wait longer."""
    return 10.0
