"""An exactly-once that takes one replica's answer for all: no warm-up by coverage."""

from client.exactly_once import calls
from scenarios.search.mutations import Guard, replacing

part = "client policy exactly-once"
guards = [Guard("false-readiness", "exactly-once", "not-found", "ready means routable")]


@replacing(calls, "warm_replicas")
async def break_it(*_: object) -> bool:
    """Probe no other replica."""
    return True
