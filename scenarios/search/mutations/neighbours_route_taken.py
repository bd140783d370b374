"""A gateway that looks a route up by account alone: a job whose route is gone gets another job's pod."""

from typing import Any

from gateway_sim.control_plane.events import PodPlaced
from gateway_sim.replicas import Replica
from gateway_sim.route_table import RouteKey
from gateway_sim.scenarios.search.mutations import Guard, Original, Story, replacing
from gateway_sim.scenarios.world.account import ACCOUNT
from gateway_sim.scenarios.world.builder import World


async def with_neighbour(world: World, story: Story) -> None:
    """Play the race in an account that has another job running."""
    world.reconciler.create(ACCOUNT, "job-2")
    await world.until(PodPlaced, job="job-2")
    await story(world)


part = "gateway"
guards = [
    Guard(
        "job-deleted", "plain", "not-found", "no request reaches another jobs pod", world=with_neighbour, prevents=True
    )
]


@replacing(Replica, "read")
def break_it(read: Original, self: Replica, key: RouteKey, now_s: float) -> Any:
    """Take the first route of the account when the job's own is not READY."""
    route = read(self, key, now_s)
    if route is None or route.state == "READY":
        return route
    others = [other for other in self.history.changes if other.account == key.account and other != key]
    return next((read(self, other, now_s) for other in others), route)
