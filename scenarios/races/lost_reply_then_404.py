"""The pod has taken a batch, its answer is lost, and the next try meets a 404.

A client that then repeats the whole call sends the batch under a new seq_id, which no ledger can tell from another
batch (docs/reference/protocol.md §6).
"""

from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.faults.next_reply import LostReply
from gateway_sim.scenarios.faults.stale_route import StaleRoute
from gateway_sim.scenarios.races import TRAINING_CHAIN_AND_POLLING, Expected, answers_404, is_exactly_once
from gateway_sim.scenarios.sim.events import ReplyLost, StepAcknowledged
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/reference/stories.md §4 C3; docs/reference/protocol.md §5, the last line of its table"
settings = Settings(think_s=0.1, fault_s=2.0)
promises = TRAINING_CHAIN_AND_POLLING
must_reach = [ReplyLost, RouteMissed]


def expected(pairing: Pairing) -> Expected:
    """Today the SDK dies of the 404, and the PRs' clients count the batch twice; no other gateway answers 404."""
    return "broken" if answers_404(pairing) and not is_exactly_once(pairing) else "kept"


async def play(world: World) -> None:
    """Lose the answer to a forward_backward, and hide the route."""
    await world.start_job()
    run = world.start_training()
    await world.until(StepAcknowledged, step=1)
    world.inject(LostReply("forward_backward"))
    await world.until(ReplyLost)
    world.inject(StaleRoute(for_s=world.settings.fault_s))
    await run
