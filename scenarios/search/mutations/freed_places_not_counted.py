"""A limit whose places are given back and freed, and still count as taken."""

from gateway_sim.control_plane.scheduling.concurrency import ConcurrencyLimit
from gateway_sim.scenarios.search.mutations import Original, StoryGuard, replacing

part = "scheduling"
guards = [StoryGuard("dead-holder", "no place idles while a run waits")]


@replacing(ConcurrencyLimit, "_update")
def break_it(
    update: Original, self: ConcurrencyLimit, change: str, condition: str = "", holder: str = "", **values: float
) -> int | None:
    """Leave the count as it is where it would fall."""
    if values.get("by") == -1:
        values["by"] = 0
    held: int | None = update(self, change, condition, holder, **values)
    return held
