"""A leased-generation that answers 404 where no strong read can be had."""

from __future__ import annotations

from gateway_sim.miss_policies import AskPrimary, Miss, Refuse, Wait
from gateway_sim.miss_policies.later import gone
from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from scenarios.search.mutations import Guard, Put

part = "gateway policy leased-generation"
guards = [
    Guard("partitioned-primary", "plain", "leased-generation", "the run finishes"),
    *(
        Guard("fresh-route", "plain", "leased-generation", "the run finishes", settings={"no_strong_read": way})
        for way in ("index", "partition")
    ),
]


def break_it(put: Put) -> None:
    """Take what cannot be read for what is not there."""
    on_miss = LeasedGeneration.on_miss

    def rash(self: LeasedGeneration, miss: Miss) -> AskPrimary | Wait | Refuse:
        return gone("route-unknown", miss.unreadable, self.gone_status) if miss.unreadable else on_miss(self, miss)

    put(LeasedGeneration, "on_miss", rash)
