"""An exactly-once that does not keep its requests in order."""

import contextlib
from collections.abc import AsyncIterator

from gateway_sim.client.sdk.sequencer import Sequencer
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing

part = "client policy exactly-once"
guards = [Guard("half-step", "exactly-once", "not-found", "no step is applied twice")]


@replacing(Sequencer, "take")
@contextlib.asynccontextmanager
async def break_it(_: Original, self: Sequencer, number: int) -> AsyncIterator[None]:
    """Let each request through at once."""
    yield
