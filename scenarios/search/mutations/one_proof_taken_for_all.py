"""An exactly-once that takes the first replica's proof for everybody's: no warm-up by coverage."""

from __future__ import annotations

from client import connecting
from scenarios.search.mutations import Guard, Put

part = "client policy exactly-once"
guards = [Guard("false-readiness", "exactly-once", "not-found", "ready means routable")]


def break_it(put: Put) -> None:
    """Do not ask around."""

    async def trusting(*_: object) -> bool:
        return True

    put(connecting, "cover", trusting)
