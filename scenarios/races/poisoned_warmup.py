"""Two replicas read through a cache that keeps a miss for a minute: an early probe makes the route late.

DAX keeps a miss as long as an item, five minutes by default (docs/reference/findings.md §4). A warm-up that probes
before the route is published turns a race of seconds into an outage of minutes.
"""

from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.races import (
    TRAINING_CHAIN_AND_POLLING,
    Expected,
    answers_404,
    connect_at_once,
    held,
    is_exactly_once,
)
from gateway_sim.scenarios.world.builder import Pairing
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/reference/findings.md §6.9; DAX's negative cache, docs/reference/findings.md §4"
settings = Settings(stale=2, lag_s=2.0, negative_ttl_s=60.0)
promises = TRAINING_CHAIN_AND_POLLING
must_reach = [RouteMissed]
play = connect_at_once


def expected(pairing: Pairing) -> Expected:
    """A cached miss outlasts the SDK's connect, unless the gateway reads strongly or holds the call."""
    if is_exactly_once(pairing) or held(pairing):
        return "kept"
    if answers_404(pairing):
        return "broken"
    if pairing.balance == "per-request":
        return "kept"
    # an SDK that asks for its configuration first retries that for 300 s, and may outlast the cache
    return "either" if pairing.sdk.config_routes else "broken"
