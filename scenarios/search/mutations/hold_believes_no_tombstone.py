"""A hold that takes a tombstone for a route that has not come yet."""

from __future__ import annotations

import dataclasses

from gateway_sim.miss_policies import Miss, Refuse, Wait
from gateway_sim.miss_policies.hold import Hold
from scenarios.search.mutations import Guard, Put

part = "gateway policy hold"
guards = [Guard("job-deleted", "plain", "hold", "a gone job fails fast")]


def break_it(put: Put) -> None:
    """Look away."""
    on_miss = Hold.on_miss

    def blind(self: Hold, miss: Miss) -> Wait | Refuse:
        return on_miss(self, dataclasses.replace(miss, seen=None))

    put(Hold, "on_miss", blind)
