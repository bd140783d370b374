"""A gateway without endpoints that answers 503 for a job that was deleted, too."""

import dataclasses
from typing import Any

from gateway_sim.miss_policies import Miss
from gateway_sim.miss_policies.no_healthy_upstream import NoHealthyUpstream
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing

part = "gateway policy no-healthy-upstream"
guards = [Guard("job-deleted", "plain", "no-healthy-upstream", "a gone job fails fast")]


@replacing(NoHealthyUpstream, "on_miss")
def break_it(on_miss: Original, self: NoHealthyUpstream, miss: Miss) -> Any:
    """Take a tombstone for a route whose pod is on its way."""
    return on_miss(self, dataclasses.replace(miss, seen=miss.seen and dataclasses.replace(miss.seen, state="PENDING")))
