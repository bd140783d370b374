"""The route is hidden while the run connects: while it creates its session, and then its model.

Both PRs begin to help once a model exists; a 404 before that is final (docs/reference/protocol.md §5).
"""

from gateway_sim.client.events import ReadinessReached
from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.faults.stale_route import StaleRoute
from gateway_sim.scenarios.races import TRAINING_CHAIN_AND_POLLING, Expected, answers_404, is_exactly_once
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/reference/protocol.md §5: a 404 on create_session or create_model crashes before any warm-up"
settings = Settings(fault_s=3.0)
promises = TRAINING_CHAIN_AND_POLLING
must_reach = [RouteMissed]


def expected(pairing: Pairing) -> Expected:
    """Neither PR covers the connect."""
    return "broken" if answers_404(pairing) and not is_exactly_once(pairing) else "kept"


async def play(world: World) -> None:
    """Hide the route between readiness and the first call of the connect."""
    await world.start_job()
    run = world.start_training()
    await world.until(ReadinessReached)
    world.inject(StaleRoute(for_s=world.settings.fault_s))
    await run
