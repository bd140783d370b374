"""A worker's machine stops without a word; 4 s later the control plane notices, and a new worker comes after 30 s.

Requests in flight hang until the control plane gives the worker up, and get a 502 then. Models, results and the
optimizer's state were in the worker's memory.
"""

from gateway_sim.scenarios.faults.pod import PodFreeze
from gateway_sim.scenarios.judge.promises.a_dead_pod_is_noticed_in_time import a_dead_pod_is_noticed_in_time
from gateway_sim.scenarios.races import TRAINING_CHAIN_AND_POLLING, Expected, is_exactly_once
from gateway_sim.scenarios.sim.events import PodFroze
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.scenarios.world.verbs import still_training

origin = "NVIDIA/nvcf issue 1533"
settings = Settings(
    steps=4, think_s=0.2, start_s=30.0, save_every=1, forward_backward_s=2.0, notice_s=4.0, restart="always"
)
promises = [*TRAINING_CHAIN_AND_POLLING, a_dead_pod_is_noticed_in_time]
must_reach = [PodFroze]


def expected(pairing: Pairing) -> Expected:
    """No other client goes on from its checkpoint: the SDK ends at a 404 while there is no worker, or at the next one.

    Behind a gateway that tells it to wait, it learns from the next worker that its result was lost.
    """
    return "kept" if is_exactly_once(pairing) else "broken"


async def play(world: World) -> None:
    """Freeze the pod for good while step 3 is being computed."""
    await world.start_job()
    run = world.start_training()
    await still_training(world, 2, for_s=1.0)
    world.inject(PodFreeze())
    await run
