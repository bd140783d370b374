"""A job is RUNNING and one gateway replica knows its route; the calls that follow reach the others.

`wait_for_existing` saw RUNNING and one healthz, answered by the fresh replica. Session, model and training calls
come over other connections, hence from other replicas, and 404 is final on every leg of a connect: the session is
created before any warm-up begins (docs/reference/protocol.md §5).
"""

from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.races import TRAINING_AND_POLLING, Expected, answers_404, connect_at_once, is_exactly_once
from gateway_sim.scenarios.world.builder import Pairing
from gateway_sim.scenarios.world.settings import Settings

origin = "PR 348, root cause; docs/reference/protocol.md §5"
settings = Settings(stale=2, lag_s=4.0)
promises = TRAINING_AND_POLLING
must_reach = [RouteMissed]
play = connect_at_once


def expected(pairing: Pairing) -> Expected:
    """No client of the PRs survives a 404 on connect; a 503 is waited out by the SDK itself."""
    return "broken" if answers_404(pairing) and not is_exactly_once(pairing) else "kept"
