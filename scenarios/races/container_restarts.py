"""A pod's container is killed for want of memory, and starts again at the same address 2 s later with an empty memory.

The control plane notices nothing, the incarnation stays, and no route changes: no gateway can help. The SDKs poll the
502 without a pause (tinker 0.15 and fireworks-ai 1.2: 281 times a second, tinker 0.38: 461), and are then told that the
result was lost.
"""

from gateway_sim.scenarios.faults.pod import PodCrash
from gateway_sim.scenarios.races import TRAINING_CHAIN_AND_POLLING, Expected, is_exactly_once
from gateway_sim.scenarios.sim.events import ContainerRestarted, PodCrashed
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.scenarios.world.verbs import still_training

origin = "Kubernetes: a kubelet restarts an OOM-killed container in its pod, whose address stays"
settings = Settings(steps=4, think_s=0.2, save_every=1, forward_backward_s=2.0, fault_s=2.0)
promises = TRAINING_CHAIN_AND_POLLING
must_reach = [PodCrashed, ContainerRestarted]


def expected(pairing: Pairing) -> Expected:
    """Only exactly-once begins again from its checkpoint: it learns from the pod that the model is unknown there."""
    return "kept" if is_exactly_once(pairing) else "broken"


async def play(world: World) -> None:
    """Kill the container while step 3 is being computed."""
    await world.start_job()
    run = world.start_training()
    await still_training(world, 2, for_s=1.0)
    world.inject(PodCrash(for_s=world.settings.fault_s))
    await run
    await world.until(ContainerRestarted)
