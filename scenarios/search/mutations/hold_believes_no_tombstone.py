"""A hold that treats a tombstone as a route that is not published yet."""

import dataclasses
from typing import Any

from gateway_sim.miss_policies import Miss
from gateway_sim.miss_policies.hold import Hold
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing

part = "gateway policy hold"
guards = [Guard("job-deleted", "plain", "hold", "a gone job fails fast")]


@replacing(Hold, "on_miss")
def break_it(on_miss: Original, self: Hold, miss: Miss) -> Any:
    """Ignore the tombstone that was seen."""
    return on_miss(self, dataclasses.replace(miss, seen=None))
