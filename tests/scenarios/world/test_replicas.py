"""How many of a gateway's replicas are stale is what the settings say."""

import pytest

from gateway_sim.negative_cache import CachingReplica
from gateway_sim.replicas import Fresh, Lagging
from gateway_sim.route_table import History
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.world.replicas import gateway_replicas
from gateway_sim.scenarios.world.settings import Settings


@pytest.mark.parametrize("replicas", [1, 2, 5])
@pytest.mark.parametrize("negative_ttl_s", [0.0, 3.0])
def test_as_many_replicas_lag_as_were_asked_for_and_they_are_the_last_ones(replicas, negative_ttl_s):
    """None of them, one, or all; only a stale replica remembers misses."""
    for stale in range(replicas + 1):
        settings = Settings(replicas=replicas, stale=stale, lag_s=2.0, negative_ttl_s=negative_ttl_s if stale else 0.0)
        made = gateway_replicas(settings, Seeds(0), History(), 0.0)
        assert [replica.name for replica in made] == [f"gw-{n}" for n in range(replicas)]
        assert [type(replica.view) for replica in made] == [Fresh] * (replicas - stale) + [Lagging] * stale
        caching = [isinstance(replica, CachingReplica) for replica in made]
        assert caching == [False] * (replicas - stale) + [bool(negative_ttl_s)] * stale
