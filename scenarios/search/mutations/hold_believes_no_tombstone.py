"""A hold that takes a tombstone for a route that has not come yet."""

import dataclasses
from typing import Any

from gateway_sim.miss_policies import Miss
from gateway_sim.miss_policies.hold import Hold
from scenarios.search.mutations import Guard, Whole, replacing

part = "gateway policy hold"
guards = [Guard("job-deleted", "plain", "hold", "a gone job fails fast")]


@replacing(Hold, "on_miss")
def break_it(on_miss: Whole, self: Hold, miss: Miss) -> Any:
    """Ignore what was seen."""
    return on_miss(self, dataclasses.replace(miss, seen=None))
