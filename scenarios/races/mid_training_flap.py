"""In the middle of training every replica loses sight of the route for a moment, and a step is sent just then.

This is the 404 that both PRs were written for: on a dispatch, with the job alive and the step not yet applied.
"""

from gateway_sim.events import RouteMissed
from scenarios.faults.stale_route import StaleRoute
from scenarios.judge.promises.no_acknowledged_step_is_lost import no_acknowledged_step_is_lost
from scenarios.judge.promises.no_busy_polling import no_busy_polling
from scenarios.judge.promises.no_step_is_applied_twice import no_step_is_applied_twice
from scenarios.judge.promises.the_run_finishes import the_run_finishes
from scenarios.judge.promises.the_weights_equal_the_undisturbed_runs import the_weights_equal_the_undisturbed_runs
from scenarios.races import Expected, acts_as, answers_404
from scenarios.sim.events import StepAcknowledged
from scenarios.world.builder import Pairing, World
from scenarios.world.settings import Settings

origin = "PR 348, the third row of its table"
settings = Settings(think_s=0.1, fault_s=3.0)
promises = [
    the_run_finishes,
    no_step_is_applied_twice,
    no_acknowledged_step_is_lost,
    the_weights_equal_the_undisturbed_runs,
    no_busy_polling,
]
must_reach = [RouteMissed]


def expected(pairing: Pairing) -> Expected:
    """Only the client that does nothing dies of a 404 on a dispatch."""
    return "broken" if answers_404(pairing) and acts_as(pairing) == "plain" else "kept"


async def play(world: World) -> None:
    """Lose sight of the route between two steps."""
    await world.start_job()
    run = world.start_training()
    await world.until(StepAcknowledged, step=2)
    world.inject(StaleRoute(for_s=world.settings.fault_s))
    await run
