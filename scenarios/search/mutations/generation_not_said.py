"""An exactly-once that does not say which generation of the route its requests are for."""

from client.exactly_once.calls import SteadyCalls
from scenarios.search.mutations import Guard, Whole, replacing

part = "client policy exactly-once"
guards = [Guard("reused-address", "exactly-once", "not-found", "nobody is turned away twice")]


@replacing(SteadyCalls, "__init__")
def break_it(made: Whole, self: SteadyCalls, *args: object, **named: object) -> None:
    """Drop the header."""
    made(self, *args, **named)
    self._headers.pop("x-route-generation", None)
