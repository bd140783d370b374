"""An exactly-once whose requests go out when they like, and not in their order."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from client.sdk.sequencer import Sequencer
from scenarios.search.mutations import Guard, Put

part = "client policy exactly-once"
guards = [Guard("half-step", "exactly-once", "not-found", "no step is applied twice")]


def break_it(put: Put) -> None:
    """Let everybody through."""

    @contextlib.asynccontextmanager
    async def at_once(self: Sequencer, number: int) -> AsyncIterator[None]:
        yield

    put(Sequencer, "take", at_once)
