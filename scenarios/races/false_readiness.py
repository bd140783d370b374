"""Some replicas are late by six seconds, and training begins: was the job ready, or did only one replica say so?

A client that resends what is refused survives either way; it pays for the lie with refusals and waits (FINDINGS §0).
"""

from gateway_sim.events import RouteMissed
from scenarios.judge.promises.no_step_is_applied_twice import no_step_is_applied_twice
from scenarios.judge.promises.nobody_spins import nobody_spins
from scenarios.judge.promises.readiness_is_no_lie import readiness_is_no_lie
from scenarios.judge.promises.the_run_finishes import the_run_finishes
from scenarios.races import Expected, answers_404, steady
from scenarios.world.builder import Cast, World
from scenarios.world.settings import Settings

origin = "FINDINGS §0, the model of the warm-up: a proof from each replica, and not three from one"
settings = Settings(replicas=5, stale=3, lag_s=6.0)
promises = [the_run_finishes, readiness_is_no_lie, no_step_is_applied_twice, nobody_spins]
must_reach = [RouteMissed]


def expected(cast: Cast) -> Expected:
    """A 404 ends the connect of whoever does not cover it; held calls tell no lie, and of the others luck decides."""
    if steady(cast) or cast.gateway.name in ("hold", "leased-generation"):
        return "kept"
    if answers_404(cast):
        return "broken"
    return "kept" if cast.balance == "per-connection" else "either"


async def play(world: World) -> None:
    """Start the job, and let the user connect at once."""
    await world.start_job()
    await world.start_training()
