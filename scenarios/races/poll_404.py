"""A step has been sent, and the route is hidden while its result is polled.

A 404 on a poll is a ValueError in the SDK, which neither PR catches (docs/reference/findings.md §0 F1).
"""

import asyncio

from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.faults.stale_route import StaleRoute
from gateway_sim.scenarios.races import TRAINING_CHAIN_AND_POLLING, Expected, answers_404, bare_503, is_exactly_once
from gateway_sim.scenarios.sim.events import StepAcknowledged
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.trainer_pod.events import GradientsAccumulated, OperationAccepted

origin = "docs/reference/findings.md §0 F1; docs/reference/protocol.md §4.3"
settings = Settings(forward_backward_s=4.0, pod_hold_s=1.0, fault_s=2.0)
promises = TRAINING_CHAIN_AND_POLLING
must_reach = [RouteMissed, GradientsAccumulated]


def expected(pairing: Pairing) -> Expected:
    """A 404 on a poll is final in the SDK, and a bare 503 makes it spin."""
    return "broken" if (answers_404(pairing) or bare_503(pairing)) and not is_exactly_once(pairing) else "kept"


async def play(world: World) -> None:
    """Hide the route while the second batch is being computed."""
    await world.start_job()
    run = world.start_training()
    await world.until(StepAcknowledged, step=1)
    await world.until(OperationAccepted, kind="forward_backward", seq_id=3)
    await asyncio.sleep(0.5)
    world.inject(StaleRoute(for_s=world.settings.fault_s))
    await run
