"""A job was moved off a dead node; stale replicas send to the old address, which swallows packets.

Nothing refuses: a connection to the address of a node that is gone times out, 5 s for each attempt.
"""

import asyncio

from gateway_sim.scenarios.faults.address import AddressSwallows
from gateway_sim.scenarios.judge.promises.no_request_is_sent_to_an_address_that_is_not_the_jobs import (
    no_request_is_sent_to_an_address_that_is_not_the_jobs,
)
from gateway_sim.scenarios.races import TRAINING_CHAIN_AND_POLLING, Expected, is_exactly_once
from gateway_sim.scenarios.sim.events import JobPreempted
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/connections.md; EC2 and Kubernetes: the address of a terminated node or pod answers nothing"
settings = Settings(stale=2, lag_s=20.0)
promises = [*TRAINING_CHAIN_AND_POLLING, no_request_is_sent_to_an_address_that_is_not_the_jobs]
must_reach = [JobPreempted]


def expected(pairing: Pairing) -> Expected:
    """Only the strong read of `leased-generation`, or a client that names its generation, leads round the address.

    Elsewhere the SDK tries again until the replica has caught up: the run finishes, late, after requests to nowhere.
    """
    return "kept" if is_exactly_once(pairing) or pairing.gateway.name == "leased-generation" else "broken"


async def play(world: World) -> None:
    """Move the job off an address that falls silent, and let the user connect while two replicas still route there."""
    await world.start_job()
    await asyncio.sleep(world.settings.lag_s)
    world.inject(AddressSwallows())
    await world.preempt_job()
    await world.until_running(2)
    await world.start_training()
