"""A gateway whose strong reads are answered by the cache that holds the miss."""

from gateway_sim.primary import TablePrimary
from gateway_sim.scenarios.search.mutations import Guard, StoryGuard, returning

part = "gateway policy leased-generation"
guards = [
    Guard("poisoned-warmup", "plain", "leased-generation", "the run finishes"),
    StoryGuard("consolidation-opens-the-race", "moving wins more than it costs"),
]
break_it = returning(TablePrimary, "strong_read", None)
