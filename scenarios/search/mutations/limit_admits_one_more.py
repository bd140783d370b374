"""A limit that admits one holder more than it allows."""

from typing import Any

from gateway_sim.control_plane.scheduling.concurrency import ConcurrencyLimit
from gateway_sim.scenarios.search.mutations import StoryGuard, replacing

part = "scheduling"
guards = [StoryGuard("manual-backfill", "no more runs compute than a limit allows", settings={"days": "8"})]


@replacing(ConcurrencyLimit, "__init__")
def break_it(init: Any, limit: ConcurrencyLimit, client: Any, table: str, name: str, most: int, **named: Any) -> None:
    """Count to one more."""
    init(limit, client, table, name, most + 1, **named)
