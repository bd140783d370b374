"""A quota whose owner is owed one GPU less than its nominal share."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway_sim.control_plane.scheduling import preempting
from gateway_sim.control_plane.scheduling.quotas import Quota
from gateway_sim.scenarios.search.mutations import StoryGuard, replacing

part = "scheduling"
guards = [
    StoryGuard(
        "backfill-starvation",
        "every run ends by its deadline",
        settings={"hourly_share": "4", "backfill_share": "28"},
    )
]


@replacing(preempting, "owed")
def break_it(owed: Any, quotas: Sequence[Quota], used: Mapping[str, int], namespace: str, gpus: int) -> bool:
    """Count one GPU too many."""
    return bool(owed(quotas, used, namespace, gpus + 1))
