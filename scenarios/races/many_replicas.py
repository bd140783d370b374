"""Ten gateway replicas, each with a lag of its own: three successes in a row prove little.

With ten replicas that lag up to 8 s, three probes pass too early in 43 to 57 of 100 runs
(docs/reference/findings.md §0).
"""

from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.races import (
    TRAINING_CHAIN_AND_POLLING,
    Expected,
    answers_404,
    connect_at_once,
    is_exactly_once,
)
from gateway_sim.scenarios.world.builder import Pairing
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/reference/findings.md §0, the model of the warm-up"
settings = Settings(replicas=10, stale=9, law="uniform", lag_s=8.0, steps=4, think_s=0.5)
promises = TRAINING_CHAIN_AND_POLLING
must_reach = [RouteMissed]
play = connect_at_once


def expected(pairing: Pairing) -> Expected:
    """Where a miss ends in a 404 some replica is always late."""
    return "broken" if answers_404(pairing) and not is_exactly_once(pairing) else "kept"
