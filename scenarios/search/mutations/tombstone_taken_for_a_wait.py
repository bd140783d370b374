"""A leased-generation that treats a tombstone as a pod that is not up yet."""

from typing import Any

from gateway_sim.miss_policies import Miss, Refuse
from gateway_sim.miss_policies.later import not_yet
from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing

part = "gateway policy leased-generation"
guards = [Guard("job-deleted", "plain", "leased-generation", "a gone job fails fast")]


@replacing(LeasedGeneration, "on_miss")
def break_it(on_miss: Original, self: LeasedGeneration, miss: Miss) -> Any:
    """Answer "not yet" where the policy would refuse for good."""
    answer = on_miss(self, miss)
    gone = isinstance(answer, Refuse) and answer.status == self.gone_status
    return not_yet("the pod is not up", self.retry_after_s) if gone else answer
