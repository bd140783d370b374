"""A deployment restarts the gateway's replicas one after the other while a client trains.

Connections that are pinned to a replica are reset with it, and the client lands on another one.
"""

import asyncio

from gateway_sim.scenarios.faults.gateway_restart import ReplicaRestart
from gateway_sim.scenarios.judge.promises.a_restarted_gateway_keeps_no_client_pinned import (
    a_restarted_gateway_keeps_no_client_pinned,
)
from gateway_sim.scenarios.races import TRAINING_CHAIN_AND_POLLING, Expected
from gateway_sim.scenarios.sim.events import StepAcknowledged
from gateway_sim.scenarios.sim.wire_events import ReplicaRestarted
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/connections.md; Kubernetes: a rolling update ends each pod of a Deployment in turn"
settings = Settings(steps=8, think_s=0.2, fault_s=0.5)
promises = [*TRAINING_CHAIN_AND_POLLING, a_restarted_gateway_keeps_no_client_pinned]
must_reach = [ReplicaRestarted]


def expected(pairing: Pairing) -> Expected:
    """Every SDK sends a call again whose connection was reset; the other replicas know the route."""
    return "kept"


async def play(world: World) -> None:
    """Restart each replica once the one before it is back, beginning after the first step."""
    await world.start_job()
    run = world.start_training()
    await world.until(StepAcknowledged, step=1)
    for replica in range(world.settings.replicas):
        world.inject(ReplicaRestart(for_s=world.settings.fault_s, replica=replica))
        await asyncio.sleep(world.settings.fault_s)
    await run
