"""Which of a gateway's replicas have acknowledged a route."""

import random

import pytest

from gateway_sim.replicas import Fresh, Partitioned, Replica
from gateway_sim.route_table import History, Route
from gateway_sim.scenarios.sim import clock
from gateway_sim.scenarios.world.acknowledgements import AskedReplicas


@pytest.mark.parametrize(
    ("state", "generation", "behind"),
    [
        ("READY", 2, ["gw-1"]),
        ("READY", 3, ["gw-1"]),
        ("READY", 1, ["gw-0", "gw-1"]),
        ("PENDING", 2, ["gw-0", "gw-1"]),
        ("TOMBSTONE", 2, ["gw-0", "gw-1"]),
    ],
)
def test_a_replica_acknowledges_a_generation_once_it_sees_it_ready(state, generation, behind):
    """A pod on its way, an older generation or a tombstone is no acknowledgement; gw-1 sees nothing."""
    history = History()
    route = Route("acme", "job-1", generation, state, "pod:1")
    history.record(route, 0.0)
    views = (Fresh(), Partitioned(-1.0))
    replicas = [Replica(f"gw-{n}", history, view, random.Random(0)) for n, view in enumerate(views)]
    assert clock.run(AskedReplicas(replicas).behind(route.key, 2)) == behind
