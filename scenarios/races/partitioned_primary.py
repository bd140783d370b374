"""No replica sees a published route, and the table's primary cannot be reached either.

A strong read is impossible, so no job may be reported gone (docs/reference/findings.md §3).
"""

from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.faults.no_strong_read import PrimaryPartition
from gateway_sim.scenarios.faults.stale_route import StaleRoute
from gateway_sim.scenarios.races import TRAINING_AND_POLLING, Expected, acts_as, answers_404
from gateway_sim.scenarios.sim.events import FaultLifted, StepAcknowledged
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/reference/findings.md §3: where a strong read cannot be had the answer is 503, never 404"
settings = Settings(think_s=0.1, fault_s=13.0)
promises = TRAINING_AND_POLLING
must_reach = [RouteMissed, FaultLifted]


def expected(pairing: Pairing) -> Expected:
    """As without the partition: gateways that answer 404 never read strongly, and those that do answer 503 then."""
    return "broken" if answers_404(pairing) and acts_as(pairing) == "plain" else "kept"


async def play(world: World) -> None:
    """Cut the primary off, and hide the route for longer than a gateway holds a call."""
    await world.start_job()
    run = world.start_training()
    await world.until(StepAcknowledged, step=2)
    world.inject(PrimaryPartition(for_s=None))
    world.inject(StaleRoute(for_s=world.settings.fault_s))
    await run
    world.lift_all()
