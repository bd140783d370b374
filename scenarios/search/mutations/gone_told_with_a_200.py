"""A leased-generation that reports a gone job with status 200."""

import dataclasses
from typing import Any

from gateway_sim.miss_policies import Miss, Refuse
from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing

part = "gateway policy leased-generation"
guards = [Guard("job-deleted", "plain", "leased-generation", "a gone job fails fast")]


@replacing(LeasedGeneration, "on_miss")
def break_it(on_miss: Original, self: LeasedGeneration, miss: Miss) -> Any:
    """Refuse, with a status of success."""
    answer = on_miss(self, miss)
    if isinstance(answer, Refuse) and answer.status == self.gone_status:
        return dataclasses.replace(answer, status=200)
    return answer
