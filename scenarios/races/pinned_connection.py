"""One of three replicas is late by 4 s after RUNNING, and connections land anywhere: which runs finish is luck.

The table of PROTOCOL §5: with a balancer that pins connections some runs meet the stale replica on a leg that no fix
covers, and some do not; with one that picks for each request nearly all do. One seed proves nothing here: run 15.
"""

from control_plane.events import JobMoved
from scenarios.judge.promises.no_acknowledged_step_is_lost import no_acknowledged_step_is_lost
from scenarios.judge.promises.no_busy_polling import no_busy_polling
from scenarios.judge.promises.no_step_is_applied_twice import no_step_is_applied_twice
from scenarios.judge.promises.the_run_finishes import the_run_finishes
from scenarios.judge.promises.the_weights_equal_the_undisturbed_runs import the_weights_equal_the_undisturbed_runs
from scenarios.races import Expected, steady
from scenarios.world.builder import Pairing, World
from scenarios.world.settings import Settings

origin = "PROTOCOL §5, the sticky and stale replica"
settings = Settings(stale=1, lag_s=4.0, order="random", steps=3)
promises = [
    the_run_finishes,
    no_step_is_applied_twice,
    no_acknowledged_step_is_lost,
    the_weights_equal_the_undisturbed_runs,
    no_busy_polling,
]
must_reach = [JobMoved]


def expected(pairing: Pairing) -> Expected:
    """Say nothing of a single seed but where no draw hurts: every leg covered, or every poll held."""
    held = pairing.gateway.name == "route-not-ready" and getattr(pairing.gateway, "hold_poll_s", None) is not None
    return "kept" if held or steady(pairing) or pairing.gateway.name in ("hold", "leased-generation") else "either"


async def play(world: World) -> None:
    """Start the job, and let the user connect at once."""
    await world.start_job()
    await world.start_training()
