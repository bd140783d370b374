"""Sixty-four clients of one job meet the same hidden route at the same moment."""

from gateway_sim.client.events import Connected
from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.faults.stale_route import StaleRoute
from gateway_sim.scenarios.judge.promises.the_control_plane_is_not_stormed import the_control_plane_is_not_stormed
from gateway_sim.scenarios.races import TRAINING_CHAIN_AND_POLLING, Expected, bare_503, is_exactly_once, today
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/reference/stories.md §4 C8: every client probes the control plane at once"
settings = Settings(
    clients=64, steps=1, batch=1, length=8, forward_backward_s=0.02, optim_step_s=0.0, fault_s=0.5, most_requests=40_000
)
promises = [*TRAINING_CHAIN_AND_POLLING, the_control_plane_is_not_stormed]
must_reach = [RouteMissed]


def expected(pairing: Pairing) -> Expected:
    """Some of the clients are polling: a 404 ends their runs, and a bare 503 lets them spin."""
    return "broken" if (today(pairing) or bare_503(pairing)) and not is_exactly_once(pairing) else "kept"


async def play(world: World) -> None:
    """Hide the route while the clients connect."""
    await world.start_job()
    run = world.start_training()
    await world.until(Connected)
    world.inject(StaleRoute(for_s=world.settings.fault_s))
    await run
