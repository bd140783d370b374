"""Three batches are under way when the route is hidden for a moment: three pollers at once.

The SDK polls again at once after a 503, without a budget (docs/reference/protocol.md §4.3).
"""

import asyncio

from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.faults.stale_route import StaleRoute
from gateway_sim.scenarios.races import TRAINING_CHAIN_AND_POLLING, Expected, bare_503, is_exactly_once, today
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.trainer_pod.events import OperationAccepted

origin = "docs/reference/findings.md §0 F4; docs/reference/protocol.md §4.3"
settings = Settings(steps=2, batch=6, microbatches=3, forward_backward_s=4.0, pod_hold_s=1.0, fault_s=0.8)
promises = TRAINING_CHAIN_AND_POLLING
must_reach = [RouteMissed]


def expected(pairing: Pairing) -> Expected:
    """Today's 404 ends the run, and a bare 503 makes pollers spin; all others outlast a gap of less than a second."""
    return "broken" if (today(pairing) or bare_503(pairing)) and not is_exactly_once(pairing) else "kept"


async def play(world: World) -> None:
    """Hide the route while three results are polled."""
    await world.start_job()
    run = world.start_training()
    await world.until(OperationAccepted, kind="forward_backward", seq_id=3)
    await asyncio.sleep(0.5)
    world.inject(StaleRoute(for_s=world.settings.fault_s))
    await run
