"""A gateway that forgets, once a pod has refused a request, that the pod's generation is too old."""

from typing import Any

from gateway_sim import finder
from gateway_sim.decide import Forward
from gateway_sim.scenarios.search.mutations import Guard, Original, replacing

part = "gateway"
guards = [
    Guard("reused-address", "plain", "leased-generation", "no pod refuses a job twice"),
]


@replacing(finder.Finder, "find")
async def break_it(find: Original, self: finder.Finder, *asked: Any, stray: Forward | None = None, **more: Any) -> Any:
    """Begin anew."""
    return await find(self, *asked, **more)
