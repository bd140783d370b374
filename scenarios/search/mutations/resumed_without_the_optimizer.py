"""An exactly-once that loads the weights of its checkpoint, and begins with new optimizer moments."""

from collections.abc import Awaitable

from gateway_sim.client.exactly_once.calls import ExactlyOnceCalls
from gateway_sim.client.sdk.bodies import Json
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing

part = "client policy exactly-once"
guards = [
    Guard(race, "exactly-once", "not-found", "the weights equal the undisturbed runs")
    for race in ("worker-dies", "container-restarts")
]


@replacing(ExactlyOnceCalls, "post")
def break_it(
    post: Original, self: ExactlyOnceCalls, route: str, body: Json, *, seq_id: int | None = None
) -> Awaitable[Json]:
    """Load without the optimizer's state."""
    asked = {**body, "optimizer": False} if route == "load_weights" else body
    loaded: Awaitable[Json] = post(self, route, asked, seq_id=seq_id)
    return loaded
