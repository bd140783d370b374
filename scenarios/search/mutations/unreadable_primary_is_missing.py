"""A leased-generation that answers 404 when a strong read is impossible."""

from typing import Any

from gateway_sim.miss_policies import Miss
from gateway_sim.miss_policies.later import gone
from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing

part = "gateway policy leased-generation"
guards = [
    Guard("partitioned-primary", "plain", "leased-generation", "the run finishes"),
    *(
        Guard("fresh-route", "plain", "leased-generation", "the run finishes", settings={"no_strong_read": way})
        for way in ("index", "partition")
    ),
]


@replacing(LeasedGeneration, "on_miss")
def break_it(on_miss: Original, self: LeasedGeneration, miss: Miss) -> Any:
    """Treat an unreadable route as a missing one."""
    return gone("route-unknown", miss.unreadable, self.gone_status) if miss.unreadable else on_miss(self, miss)
