"""A negative cache that takes the replica's own miss for the table's answer."""

import dataclasses
from typing import Any

from gateway_sim.miss_policies import Miss
from gateway_sim.miss_policies.resync_budget import ResyncBudget, Resyncs
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing

part = "gateway policy resync-budget"
guards = [Guard("fresh-route", "plain", "resync-budget", "the run finishes")]


@replacing(ResyncBudget, "on_miss")
def break_it(on_miss: Original, self: ResyncBudget, miss: Miss, memory: Resyncs) -> Any:
    """Remember the job as absent without a strong read."""
    return on_miss(self, dataclasses.replace(miss, asked_primary=True), memory)
