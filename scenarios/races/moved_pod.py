"""A job was moved before its user connects; a stale replica routes to its old address, which another job's pod has.

An address is reused at once: its cooldown is shorter than the replicas' lag (docs/reference/stories.md §4 C2).
"""

import asyncio

from gateway_sim.scenarios.judge.promises.no_pod_takes_another_jobs_request import no_pod_takes_another_jobs_request
from gateway_sim.scenarios.races import TRAINING_CHAIN_AND_POLLING, Expected, is_exactly_once
from gateway_sim.scenarios.sim.events import AddressReused
from gateway_sim.scenarios.world.builder import Pairing, World
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/reference/stories.md §4 C2"
settings = Settings(stale=2, lag_s=6.0, start_s=2.0, cooldown_s=0.0)
promises = [*TRAINING_CHAIN_AND_POLLING, no_pod_takes_another_jobs_request]
must_reach = [AddressReused]


def expected(pairing: Pairing) -> Expected:
    """A 421 ends the SDK's run, unless the gateway reads the route again or the client resends refused calls."""
    return "kept" if is_exactly_once(pairing) or pairing.gateway.name == "leased-generation" else "broken"


async def play(world: World) -> None:
    """Give the old pod's address to another job while two replicas still route there."""
    await world.start_job()
    await asyncio.sleep(world.settings.lag_s)
    neighbour = asyncio.ensure_future(world.start_neighbour())
    await asyncio.sleep(world.settings.start_s / 2)
    await world.preempt_job()
    await neighbour
    await world.until_running(2)
    await world.start_training()
