"""A backfill in which the claim of a run lasts for ever, even if the run is dead."""

from collections.abc import Iterator
from typing import Any

from gateway_sim.control_plane.data.backfills import Backfill
from gateway_sim.scenarios.search.mutations import StoryGuard, replacing

part = "data"
guards = [StoryGuard("manual-backfill", "no partition is lost", settings={"days": "8", "watch_s": "21600"})]


@replacing(Backfill, "_open")
def break_it(opened: Any, backfill: Backfill, known: Any, now_s: float) -> Iterator[str]:
    """Take no claim for one that has ended."""
    found: Iterator[str] = opened(backfill, known, float("-inf"))
    return found
