"""An RL script has connected, and its first sampler's connection goes to a replica that does not know the route.

A sampling client has a pool of connections of its own (docs/reference/protocol.md §2). So neither the calls of the
connect nor the probes of a warm-up have shown that its connection reaches a replica with the route. With tinker 0.15
the sampler's is the fifth connection; later SDKs open one more before it, and meet the replica while they connect.
"""

from gateway_sim.events import RouteMissed
from gateway_sim.scenarios.judge.promises.every_sequence_is_of_its_weights import every_sequence_is_of_its_weights
from gateway_sim.scenarios.races import TRAINING_AND_POLLING, Expected, answers_404, connect_at_once, is_exactly_once
from gateway_sim.scenarios.world.builder import Pairing
from gateway_sim.scenarios.world.settings import Settings

origin = "docs/reference/protocol.md §4.4: a 404 of asample is final, and no PR covers it"
settings = Settings(replicas=5, stale=1, lag_s=8.0, steps=2, samples=2)
promises = [*TRAINING_AND_POLLING, every_sequence_is_of_its_weights]
must_reach = [RouteMissed]
play = connect_at_once


def expected(pairing: Pairing) -> Expected:
    """Both PRs retry training calls only: a sampler's 404 reaches the script."""
    return "broken" if answers_404(pairing) and not is_exactly_once(pairing) else "kept"
