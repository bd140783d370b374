"""A retry-lookup that does not look again."""

from __future__ import annotations

import dataclasses

from gateway_sim.miss_policies import Miss, Refuse, Wait
from gateway_sim.miss_policies.retry_lookup import RetryLookup
from scenarios.search.mutations import Guard, Put

part = "gateway policy retry-lookup"
guards = [Guard("poll-storm", "plain", "retry-lookup", "the run finishes")]


def break_it(put: Put) -> None:
    """Leave it no lookups."""
    on_miss = RetryLookup.on_miss

    def once(self: RetryLookup, miss: Miss) -> Wait | Refuse:
        return on_miss(dataclasses.replace(self, lookups=0), miss)

    put(RetryLookup, "on_miss", once)
