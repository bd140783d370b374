"""Every replica loses sight of a route that stands, while the table's primary cannot be reached either.

A gateway that would read the table strongly cannot: nothing is proved, so nothing may be called gone (FINDINGS §3).
"""

from gateway_sim.events import RouteMissed
from scenarios.faults.primary_partition import PrimaryPartition
from scenarios.faults.stale_route import StaleRoute
from scenarios.judge.promises.no_acknowledged_step_is_lost import no_acknowledged_step_is_lost
from scenarios.judge.promises.no_busy_polling import no_busy_polling
from scenarios.judge.promises.no_step_is_applied_twice import no_step_is_applied_twice
from scenarios.judge.promises.the_run_finishes import the_run_finishes
from scenarios.judge.promises.the_weights_equal_the_undisturbed_runs import the_weights_equal_the_undisturbed_runs
from scenarios.races import Expected, acts_as, answers_404
from scenarios.sim.events import FaultLifted, StepAcknowledged
from scenarios.world.builder import Pairing, World
from scenarios.world.settings import Settings

origin = "FINDINGS §3: where a strong read cannot be had the answer is 503, never 404"
settings = Settings(think_s=0.1, fault_s=13.0)
promises = [
    the_run_finishes,
    no_step_is_applied_twice,
    no_acknowledged_step_is_lost,
    the_weights_equal_the_undisturbed_runs,
    no_busy_polling,
]
must_reach = [RouteMissed, FaultLifted]


def expected(pairing: Pairing) -> Expected:
    """As without the partition: who answers 404 does not read strongly, and who does says 503 now."""
    return "broken" if answers_404(pairing) and acts_as(pairing) == "plain" else "kept"


async def play(world: World) -> None:
    """Cut the primary off, and lose sight of the route for longer than a gateway holds a call."""
    await world.start_job()
    run = world.start_training()
    await world.until(StepAcknowledged, step=2)
    world.inject(PrimaryPartition(for_s=None))
    world.inject(StaleRoute(for_s=world.settings.fault_s))
    await run
    world.lift_all()
