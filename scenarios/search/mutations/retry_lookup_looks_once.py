"""A retry-lookup that does not look again."""

import dataclasses
from typing import Any

from gateway_sim.miss_policies import Miss
from gateway_sim.miss_policies.retry_lookup import RetryLookup
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing

part = "gateway policy retry-lookup"
guards = [Guard("poll-storm", "plain", "retry-lookup", "the run finishes")]


@replacing(RetryLookup, "on_miss")
def break_it(on_miss: Original, self: RetryLookup, miss: Miss) -> Any:
    """Leave it no lookups."""
    return on_miss(dataclasses.replace(self, lookups=0), miss)
