"""A job was moved before its user came; a stale replica sends them to its old address, where another job lives.

The world gives an address away at once: its cooldown is shorter than the replicas are late (ORCHESTRATION §4 C2).
"""

import asyncio

from scenarios.judge.promises.no_acknowledged_step_is_lost import no_acknowledged_step_is_lost
from scenarios.judge.promises.no_busy_polling import no_busy_polling
from scenarios.judge.promises.no_pod_takes_another_jobs_request import no_pod_takes_another_jobs_request
from scenarios.judge.promises.no_step_is_applied_twice import no_step_is_applied_twice
from scenarios.judge.promises.the_run_finishes import the_run_finishes
from scenarios.judge.promises.the_surviving_chain_is_every_step_once import the_surviving_chain_is_every_step_once
from scenarios.judge.promises.the_weights_equal_the_undisturbed_runs import the_weights_equal_the_undisturbed_runs
from scenarios.races import Expected, steady
from scenarios.sim.events import AddressReused
from scenarios.world.builder import Pairing, World
from scenarios.world.settings import Settings

origin = "ORCHESTRATION §4 C2"
settings = Settings(stale=2, lag_s=6.0, start_s=2.0, cooldown_s=0.0)
promises = [
    the_run_finishes,
    no_step_is_applied_twice,
    no_acknowledged_step_is_lost,
    the_weights_equal_the_undisturbed_runs,
    the_surviving_chain_is_every_step_once,
    no_busy_polling,
    no_pod_takes_another_jobs_request,
]
must_reach = [AddressReused]


def expected(pairing: Pairing) -> Expected:
    """A 421 ends the SDK's run, unless the gateway reads the route anew or the client repeats what is refused."""
    return "kept" if steady(pairing) or pairing.gateway.name == "leased-generation" else "broken"


async def play(world: World) -> None:
    """Let another job take the old pod's address while two replicas still send there."""
    await world.start_job()
    await asyncio.sleep(world.settings.lag_s)
    neighbour = asyncio.ensure_future(world.start_neighbour())
    await asyncio.sleep(world.settings.start_s / 2)
    await world.preempt_job()
    await neighbour
    await world.until_running(2)
    await world.start_training()
