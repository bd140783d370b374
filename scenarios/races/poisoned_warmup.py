"""Two replicas read through a cache that remembers misses for a minute: who asks early makes it late.

DAX keeps a miss for as long as an item, five minutes by default (FINDINGS §4): a warm-up that probes before the route
is there turns a race of seconds into an outage of minutes.
"""

from gateway_sim.events import RouteMissed
from scenarios.judge.promises.no_acknowledged_step_is_lost import no_acknowledged_step_is_lost
from scenarios.judge.promises.no_busy_polling import no_busy_polling
from scenarios.judge.promises.no_step_is_applied_twice import no_step_is_applied_twice
from scenarios.judge.promises.the_run_finishes import the_run_finishes
from scenarios.judge.promises.the_surviving_chain_is_every_step_once import the_surviving_chain_is_every_step_once
from scenarios.judge.promises.the_weights_equal_the_undisturbed_runs import the_weights_equal_the_undisturbed_runs
from scenarios.races import Expected, answers_404, steady
from scenarios.world.builder import Pairing, World
from scenarios.world.settings import Settings

origin = "FINDINGS §6.9; DAX's negative cache, FINDINGS §4"
settings = Settings(stale=2, lag_s=2.0, negative_ttl_s=60.0)
promises = [
    the_run_finishes,
    no_step_is_applied_twice,
    no_acknowledged_step_is_lost,
    the_weights_equal_the_undisturbed_runs,
    the_surviving_chain_is_every_step_once,
    no_busy_polling,
]
must_reach = [RouteMissed]


def expected(pairing: Pairing) -> Expected:
    """A poisoned replica outlasts the SDK's connect, unless the miss is read past or held."""
    if steady(pairing) or pairing.gateway.name in ("hold", "leased-generation"):
        return "kept"
    if answers_404(pairing):
        return "broken"
    if pairing.balance == "per-request":
        return "kept"
    # an SDK that asks for its configuration first does so for 300 s, and may outlast the cache
    return "either" if pairing.sdk.config_routes else "broken"


async def play(world: World) -> None:
    """Start the job, and let the user's probes meet the caches."""
    await world.start_job()
    await world.start_training()
