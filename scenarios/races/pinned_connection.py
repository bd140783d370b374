"""One of three replicas lags 4 s behind RUNNING, and connections land at random: the seed decides how a run ends.

With a balancer that pins connections some runs reach the stale replica on a leg that no fix covers
(docs/reference/protocol.md §5). With one that picks for each request nearly all do. A single seed proves nothing
here: run 15.
"""

from gateway_sim.control_plane.events import JobMoved
from gateway_sim.scenarios.races import TRAINING_AND_POLLING, Expected, bare_503, connect_at_once, held, is_exactly_once
from gateway_sim.scenarios.world.builder import Pairing
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/reference/protocol.md §5, the sticky and stale replica"
settings = Settings(stale=1, lag_s=4.0, order="random", steps=3)
promises = TRAINING_AND_POLLING
must_reach = [JobMoved]
play = connect_at_once


def expected(pairing: Pairing) -> Expected:
    """The verdict depends on the seed unless every leg is covered or every poll is held."""
    held_polls = pairing.gateway.name == "route-not-ready" and not bare_503(pairing)
    return "kept" if held_polls or is_exactly_once(pairing) or held(pairing) else "either"
