"""A batch goes out in two chunks, and the second one meets a lost route.

A client that runs the whole call again sends the first chunk twice, under another seq_id
(docs/reference/findings.md §0 F3).
"""

from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.faults.stale_route import StaleRoute
from gateway_sim.scenarios.races import TRAINING_CHAIN_AND_POLLING, Expected, answers_404, is_exactly_once
from gateway_sim.scenarios.sim.events import StepAcknowledged
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.trainer_pod.events import OperationAccepted

origin = "docs/reference/findings.md §0 F2 and F3"
settings = Settings(chunk_len=2, think_s=0.1, fault_s=2.0)
promises = TRAINING_CHAIN_AND_POLLING
must_reach = [RouteMissed]


def expected(pairing: Pairing) -> Expected:
    """A 404 between chunks ends the SDK's run, and the PRs' clients wait for ever or send a chunk twice."""
    return "broken" if answers_404(pairing) and not is_exactly_once(pairing) else "kept"


async def play(world: World) -> None:
    """Hide the route once the pod has the first chunk of the second batch."""
    await world.start_job()
    run = world.start_training()
    await world.until(StepAcknowledged, step=1)
    await world.until(OperationAccepted, kind="forward_backward", seq_id=4)
    world.inject(StaleRoute(for_s=world.settings.fault_s))
    await run
