"""In the middle of training no replica sees the route for a moment, and a step is sent just then.

This is the 404 that both PRs were written for: on a dispatch, with the job alive and the step not yet applied.
"""

from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.faults.stale_route import StaleRoute
from gateway_sim.scenarios.races import TRAINING_AND_POLLING, Expected, acts_as, answers_404
from gateway_sim.scenarios.sim.events import StepAcknowledged
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings

origin = "PR 348, the third row of its table"
settings = Settings(think_s=0.1, fault_s=3.0)
promises = TRAINING_AND_POLLING
must_reach = [RouteMissed]


def expected(pairing: Pairing) -> Expected:
    """Only a client without retries dies of a 404 on a dispatch."""
    return "broken" if answers_404(pairing) and acts_as(pairing) == "plain" else "kept"


async def play(world: World) -> None:
    """Hide the route between two steps."""
    await world.start_job()
    run = world.start_training()
    await world.until(StepAcknowledged, step=2)
    world.inject(StaleRoute(for_s=world.settings.fault_s))
    await run
