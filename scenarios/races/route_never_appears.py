"""The route never reaches two of three replicas, though the job is RUNNING and the third replica answered healthz."""

from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.judge.promises.no_busy_polling import no_busy_polling
from gateway_sim.scenarios.judge.promises.no_step_is_applied_twice import no_step_is_applied_twice
from gateway_sim.scenarios.judge.promises.the_caller_is_answered_in_time import the_caller_is_answered_in_time
from gateway_sim.scenarios.races import Expected, answers_404, bare_503, connect_at_once, is_exactly_once
from gateway_sim.scenarios.world.builder import Pairing
from gateway_sim.scenarios.world.settings import Settings

origin = "PR 348, test_warmup_raises_on_persistent_404_after_timeout"
settings = Settings(stale=2, lag_s=1e6, most_requests=500)
promises = [the_caller_is_answered_in_time, no_step_is_applied_twice, no_busy_polling]
must_reach = [RouteMissed]
play = connect_at_once


def expected(pairing: Pairing) -> Expected:
    """Pinned to a stale replica that answers 503, a poller spins, or an SDK asks for its configuration for 300 s.

    An SDK that keeps idle connections gives up create_session on the one it has. One that drops them after 5 s reaches
    the fresh replica, and polls on.
    """
    reads_strongly = pairing.gateway.name == "leased-generation"
    if answers_404(pairing) or is_exactly_once(pairing) or reads_strongly or pairing.balance == "per-request":
        return "kept"
    if pairing.sdk.pools["session"].keepalive_s > 60:
        return "broken" if pairing.sdk.config_routes else "kept"
    return "broken" if bare_503(pairing) else "kept"
