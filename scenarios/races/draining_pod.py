"""A pod is marked as draining before its job is moved, and a user begins a run while it drains.

An earlier run ends within the grace time. A gateway that does not read the mark sends the new run to the pod, which is
stopped in the middle of it; Envoy and kube-proxy send new traffic to terminating endpoints only if there is no other.
"""

import asyncio

from gateway_sim.scenarios.judge.promises.a_draining_pod_takes_no_new_run import a_draining_pod_takes_no_new_run
from gateway_sim.scenarios.races import TRAINING_AND_POLLING, Expected
from gateway_sim.scenarios.sim.events import PodDrained
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.own_user import earlier_user
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.trainer_pod.events import StepApplied

origin = "Kubernetes, EndpointSlice conditions: serving and terminating; Envoy, draining hosts"
settings = Settings(steps=4, think_s=0.5, grace_s=1.8)
promises = [*TRAINING_AND_POLLING, a_draining_pod_takes_no_new_run]
must_reach = [PodDrained]


def expected(pairing: Pairing) -> Expected:
    """Only this gateway reads the mark; a client that resumes on the next pod repeats what the draining one did."""
    return "kept" if pairing.gateway.name == "leased-generation" else "broken"


async def play(world: World) -> None:
    """Drain the pod before the earlier run's last step, and let the user begin at once."""
    await world.start_job()
    async with earlier_user(world) as earlier:
        before = asyncio.ensure_future(earlier.train())
        await world.until(StepApplied, step=world.settings.steps - 1)
        await world.drain_job()
        await world.start_training()
        await before
