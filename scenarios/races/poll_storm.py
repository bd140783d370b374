"""Three batches are under way when every replica loses the route for a moment: three pollers at once.

The SDK polls again at once after a 503, without a budget (PROTOCOL §4.3).
"""

import asyncio

from gateway_sim.events import RouteMissed
from scenarios.faults.stale_route import StaleRoute
from scenarios.judge.promises.no_acknowledged_step_is_lost import no_acknowledged_step_is_lost
from scenarios.judge.promises.no_busy_polling import no_busy_polling
from scenarios.judge.promises.no_step_is_applied_twice import no_step_is_applied_twice
from scenarios.judge.promises.the_run_finishes import the_run_finishes
from scenarios.judge.promises.the_surviving_chain_is_every_step_once import the_surviving_chain_is_every_step_once
from scenarios.judge.promises.the_weights_equal_the_undisturbed_runs import the_weights_equal_the_undisturbed_runs
from scenarios.races import Expected, bare_503, steady, today
from scenarios.world.builder import Pairing, World
from scenarios.world.settings import Settings
from trainer_pod.events import OperationAccepted

origin = "FINDINGS §0 F4; PROTOCOL §4.3"
settings = Settings(steps=2, batch=6, microbatches=3, forward_backward_s=4.0, pod_hold_s=1.0, fault_s=0.8)
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
    """Today's 404 kills, a bare 503 storms; all others outlast a loss of less than a second."""
    return "broken" if (today(pairing) or bare_503(pairing)) and not steady(pairing) else "kept"


async def play(world: World) -> None:
    """Lose sight of the route while three results are polled."""
    await world.start_job()
    run = world.start_training()
    await world.until(OperationAccepted, kind="forward_backward", seq_id=3)
    await asyncio.sleep(0.5)
    world.inject(StaleRoute(for_s=world.settings.fault_s))
    await run
