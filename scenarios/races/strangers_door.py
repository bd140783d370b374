"""A job was moved, and stale replicas know its old address, where a stranger lives: nobody should knock there twice.

Each request that does costs a stranger's pod an answer (421), and a pod that is older than the fence would take it.
"""

import asyncio

from scenarios.events import AddressReused
from scenarios.oracles.nobody_is_turned_away_twice import nobody_is_turned_away_twice
from scenarios.oracles.nobody_spins import nobody_spins
from scenarios.oracles.the_run_finishes import the_run_finishes
from scenarios.races import Expected, steady
from scenarios.world.build import Cast, World
from scenarios.world.settings import Settings

origin = "ORCHESTRATION §4 C2; FINDINGS §3, a request that says which generation it is for"
settings = Settings(stale=2, lag_s=6.0, start_s=2.0, cooldown_s=0.0)
promises = [the_run_finishes, nobody_is_turned_away_twice, nobody_spins]
must_reach = [AddressReused]


def expected(cast: Cast) -> Expected:
    """The 421 ends the SDK's run, but for a client that says which generation it means and a gateway that learns."""
    return "kept" if steady(cast) or cast.gateway.name == "leased-generation" else "broken"


async def play(world: World) -> None:
    """Let another job take the old pod's address while two replicas still send there, and train."""
    await world.start_job()
    await asyncio.sleep(world.settings.lag_s)
    neighbour = asyncio.ensure_future(world.start_neighbour())
    await asyncio.sleep(world.settings.start_s / 2)
    await world.preempt_job()
    await neighbour
    await world.until_running(2)
    await world.start_training()
