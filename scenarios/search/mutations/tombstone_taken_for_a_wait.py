"""A leased-generation that takes a tombstone for a pod that is not up yet."""

from __future__ import annotations

from gateway_sim.miss_policies import AskPrimary, Miss, Refuse, Wait
from gateway_sim.miss_policies.later import not_yet
from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from scenarios.search.mutations import Guard, Put

part = "gateway policy leased-generation"
guards = [Guard("job-deleted", "plain", "leased-generation", "a gone job fails fast")]


def break_it(put: Put) -> None:
    """Put every caller off that the policy would refuse for good."""
    on_miss = LeasedGeneration.on_miss

    def patient(self: LeasedGeneration, miss: Miss) -> AskPrimary | Wait | Refuse:
        answer = on_miss(self, miss)
        gone = isinstance(answer, Refuse) and answer.status == self.gone_status
        return not_yet("the pod is not up", self.retry_after_s) if gone else answer

    put(LeasedGeneration, "on_miss", patient)
