"""A leased-generation whose word that a job is gone has a status that says all is well."""

from __future__ import annotations

import dataclasses

from gateway_sim.miss_policies import AskPrimary, Miss, Refuse, Wait
from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from scenarios.search.mutations import Guard, Put

part = "gateway policy leased-generation"
guards = [Guard("job-deleted", "plain", "leased-generation", "a gone job fails fast")]


def break_it(put: Put) -> None:
    """Refuse in words, and agree in the status."""
    on_miss = LeasedGeneration.on_miss

    def agreeable(self: LeasedGeneration, miss: Miss) -> AskPrimary | Wait | Refuse:
        answer = on_miss(self, miss)
        if isinstance(answer, Refuse) and answer.status == self.gone_status:
            return dataclasses.replace(answer, status=200)
        return answer

    put(LeasedGeneration, "on_miss", agreeable)
