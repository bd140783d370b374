"""A tell-gone-from-stale that answers 404 though the control plane says RUNNING."""

import dataclasses
from typing import Any

from gateway_sim.miss_policies import Miss
from gateway_sim.miss_policies.tell_gone_from_stale import TellGoneFromStale
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing

part = "gateway policy tell-gone-from-stale"
guards = [Guard("fresh-route", "plain", "tell-gone-from-stale", "the run finishes")]


@replacing(TellGoneFromStale, "on_miss")
def break_it(on_miss: Original, self: TellGoneFromStale, miss: Miss) -> Any:
    """Read the answer as "gone"."""
    return on_miss(self, dataclasses.replace(miss, liveness=miss.liveness and "gone"))
