"""The route is not seen while the run connects: its session, and the model after it.

Both PRs begin to help once a model exists; a 404 before that is final (PROTOCOL §5).
"""

from client.events import ReadinessReached
from gateway_sim.events import RouteMissed
from scenarios.faults.stale_route import StaleRoute
from scenarios.judge.promises.no_acknowledged_step_is_lost import no_acknowledged_step_is_lost
from scenarios.judge.promises.no_busy_polling import no_busy_polling
from scenarios.judge.promises.no_step_is_applied_twice import no_step_is_applied_twice
from scenarios.judge.promises.the_run_finishes import the_run_finishes
from scenarios.judge.promises.the_surviving_chain_is_every_step_once import the_surviving_chain_is_every_step_once
from scenarios.judge.promises.the_weights_equal_the_undisturbed_runs import the_weights_equal_the_undisturbed_runs
from scenarios.races import Expected, answers_404, steady
from scenarios.world.builder import Pairing, World
from scenarios.world.settings import Settings

origin = "PROTOCOL §5: a 404 on create_session or create_model crashes before any warm-up"
settings = Settings(fault_s=3.0)
promises = [
    the_run_finishes,
    no_step_is_applied_twice,
    no_acknowledged_step_is_lost,
    the_weights_equal_the_undisturbed_runs,
    the_surviving_chain_is_every_step_once,
    no_busy_polling,
]
must_reach = [RouteMissed]


def expected(pairing: Pairing) -> Expected:
    """Neither PR covers the connect."""
    return "broken" if answers_404(pairing) and not steady(pairing) else "kept"


async def play(world: World) -> None:
    """Lose sight of the route between readiness and the first call of the connect."""
    await world.start_job()
    run = world.start_training()
    await world.until(ReadinessReached)
    world.inject(StaleRoute(for_s=world.settings.fault_s))
    await run
