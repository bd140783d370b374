"""An exactly-once that takes one replica's answer for all: no warm-up by coverage."""

from client import connecting
from scenarios.search.mutations import Guard, replacing

part = "client policy exactly-once"
guards = [Guard("false-readiness", "exactly-once", "not-found", "ready means routable")]


@replacing(connecting, "cover")
async def break_it(*_: object) -> bool:
    """Probe no other replica."""
    return True
