"""Two batches and their step are sent together, and only the first meets a hidden route.

The SDK still sends the second batch and the step: a step on half the gradients (docs/reference/protocol.md §6).
"""

from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.faults.stale_route import StaleRoute
from gateway_sim.scenarios.races import TRAINING_CHAIN_AND_POLLING, Expected, is_exactly_once, today
from gateway_sim.scenarios.sim.events import StepAcknowledged, UserThought
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/reference/protocol.md §6: pipelined calls after a 404"
settings = Settings(microbatches=2, think_s=0.1, fault_s=0.004)
promises = TRAINING_CHAIN_AND_POLLING
must_reach = [RouteMissed]


def expected(pairing: Pairing) -> Expected:
    """Only today's 404 reaches the client: every other gateway outlasts so short a loss."""
    return "broken" if today(pairing) and not is_exactly_once(pairing) else "kept"


async def play(world: World) -> None:
    """Hide the route for as long as one dispatch takes."""
    await world.start_job()
    run = world.start_training()
    await world.until(StepAcknowledged, step=1)
    await world.until(UserThought)
    world.inject(StaleRoute(for_s=None))
    await world.until(RouteMissed, leg="dispatch")
    world.lift_all()
    await run
