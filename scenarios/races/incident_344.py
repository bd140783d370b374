"""A 404 answers the poll of a batch that is being computed; the run dies, and the trainer finishes the batch.

The numbers are the report's: forward_backward went to a trainer that had been RUNNING for about 18 s, the run died
11 s later, and the batch was done 3 minutes after that. The pod holds polls for 11 s here, so that the second poll
gets the 404. A 404 on a poll is a `ValueError` in the SDK, which neither PR catches
(docs/reference/findings.md §0 F1).
"""

import asyncio

from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.faults.stale_route import StaleRoute
from gateway_sim.scenarios.races import TRAINING_AND_POLLING, Expected, answers_404, bare_503, is_exactly_once
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.trainer_pod.events import GradientsAccumulated, OperationAccepted

origin = "PR 344, the incident; PR 348, its discussion"
settings = Settings(steps=1, think_s=18.0, forward_backward_s=191.0, pod_hold_s=11.0, fault_s=2.0)
promises = TRAINING_AND_POLLING
must_reach = [RouteMissed, GradientsAccumulated]


def expected(pairing: Pairing) -> Expected:
    """A 404 on a poll ends the run of the SDK and of the PRs' clients, and a bare 503 makes them spin."""
    return "broken" if (answers_404(pairing) or bare_503(pairing)) and not is_exactly_once(pairing) else "kept"


async def play(world: World) -> None:
    """Hide the route just before the next poll is due."""
    await world.start_job()
    run = world.start_training()
    await world.until(OperationAccepted, kind="forward_backward")
    await asyncio.sleep(world.settings.pod_hold_s - 0.5)
    world.inject(StaleRoute(for_s=world.settings.fault_s))
    await run
    await world.until(GradientsAccumulated)
