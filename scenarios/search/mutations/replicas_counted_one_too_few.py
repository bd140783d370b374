"""A gateway whose answers tell one replica fewer than it has, so that a warm-up ends before the last one is proved."""

from typing import Any

from gateway_sim.proxy import Proxy
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing

part = "gateway"
guards = [
    Guard("false-readiness", "exactly-once", "not-found", "ready means routable", {"replicas": "2", "stale": "1"}),
]


@replacing(Proxy, "__init__")
def break_it(init: Original, self: Proxy, *, replicas: int, **named: Any) -> None:
    """Count one less."""
    init(self, replicas=replicas - 1, **named)
