"""Training begins while some replicas lag by six seconds: the answer of one does not prove that the job is ready.

A client that resends refused calls survives; false readiness costs it refusals and waits
(docs/reference/findings.md §0).
"""

from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.judge.promises.no_busy_polling import no_busy_polling
from gateway_sim.scenarios.judge.promises.no_step_is_applied_twice import no_step_is_applied_twice
from gateway_sim.scenarios.judge.promises.ready_means_routable import ready_means_routable
from gateway_sim.scenarios.judge.promises.the_run_finishes import the_run_finishes
from gateway_sim.scenarios.races import Expected, answers_404, connect_at_once, held, is_exactly_once
from gateway_sim.scenarios.world.builder import Pairing
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/reference/findings.md §0, the model of the warm-up: a proof from each replica, and not three from one"
settings = Settings(replicas=5, stale=3, lag_s=6.0)
promises = [the_run_finishes, ready_means_routable, no_step_is_applied_twice, no_busy_polling]
must_reach = [RouteMissed]
play = connect_at_once


def expected(pairing: Pairing) -> Expected:
    """A 404 ends a connect that no retry covers; a held call is never refused; otherwise the seed decides."""
    if is_exactly_once(pairing) or held(pairing):
        return "kept"
    if answers_404(pairing):
        return "broken"
    return "kept" if pairing.balance == "per-connection" else "either"
