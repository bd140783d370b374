"""An exactly-once that does not say which generation of the route its requests are for."""

from client.exactly_once import calls
from scenarios.search.mutations import Guard, replacing

part = "client policy exactly-once"
guards = [Guard("reused-address", "exactly-once", "not-found", "no pod refuses a job twice")]


@replacing(calls, "generation_header")
def break_it(*_: object) -> dict[str, str]:
    """Drop the header."""
    return {}
