"""An exactly-once that does not say which generation of the route its requests are for."""

from __future__ import annotations

from client.exactly_once.calls import SteadyCalls
from scenarios.search.mutations import Guard, Put

part = "client policy exactly-once"
guards = [Guard("reused-address", "exactly-once", "not-found", "nobody is turned away twice")]


def break_it(put: Put) -> None:
    """Leave the header out."""
    made = SteadyCalls.__init__

    def unsaid(self: SteadyCalls, *args: object, **named: object) -> None:
        made(self, *args, **named)  # type: ignore[arg-type]  # whatever it is made of
        self._headers.pop("x-route-generation", None)

    put(SteadyCalls, "__init__", unsaid)
