"""How many of a gateway's replicas are stale is what the settings say."""

import asyncio

import pytest

from gateway_sim.events import RouteBelieved
from gateway_sim.negative_cache import CachingReplica
from gateway_sim.replicas import Fresh, Lagging
from gateway_sim.route_table import History, Route, RouteKey
from gateway_sim.scenarios.sim.events import RoutesCutOff, RoutesLagged
from gateway_sim.scenarios.sim.lease_events import LeasesMisjudged
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.world.replicas import gateway_replicas, report_views
from gateway_sim.scenarios.world.settings import Settings
from tests import clock


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


def test_a_replicas_lag_is_drawn_from_its_own_stream():
    """Two replicas with one law differ, and the same seed gives the same."""

    def lags(seed: int) -> list[float]:
        history = History()
        history.record(Route("acme", "job-1", 1, "READY", "http://a"), 0.0)
        (change,) = history.of(RouteKey("acme", "job-1"))
        made = gateway_replicas(Settings(stale=3, lag_s=2.0, law="uniform"), Seeds(seed), history, 0.0)
        return [replica.lags.of(replica.view.law, change) for replica in made]

    assert len(set(lags(0))) == 3
    assert lags(0) == lags(0) != lags(1)


def test_what_each_replica_saw_is_reported_at_the_end():
    """Its periods, and how many of its reads were outdated or misjudged, where any was."""
    history, told = History(), []
    key = RouteKey("acme", "job-1")

    async def story():
        await asyncio.sleep(1.0)
        history.record(Route("acme", "job-1", 1, "READY", "http://a"), 2.0)
        fresh, late = gateway_replicas(Settings(replicas=2, stale=1, lag_s=3.0), Seeds(0), history, 0.0)
        await asyncio.sleep(3.0)
        assert (fresh.read(key, 4.0).address, late.read(key, 4.0)) == ("http://a", None)
        late.cut_off, late.clock.misjudged = 2, 3
        await asyncio.sleep(5.0)
        report_views([fresh, late], history, 1.0, told.append)

    clock.run(story())
    assert told == [
        RouteBelieved("gw-0", "acme", "job-1", "nothing", 0, False, False, 0.0, 1.0),
        RouteBelieved("gw-0", "acme", "job-1", "READY", 1, False, False, 1.0, 8.0),
        RoutesLagged("gw-1", 1), RoutesCutOff("gw-1", 2), LeasesMisjudged("gw-1", 3),
        RouteBelieved("gw-1", "acme", "job-1", "nothing", 0, False, False, 0.0, 1.0),
        RouteBelieved("gw-1", "acme", "job-1", "nothing", 0, True, False, 1.0, 4.0),
        RouteBelieved("gw-1", "acme", "job-1", "READY", 1, False, False, 4.0, 8.0),
    ]  # fmt: skip


def test_the_seconds_of_a_view_are_exact_to_the_microsecond():
    """They count from the world's begin."""
    history, told = History(), []

    async def story():
        history.record(Route("acme", "job-1", 1, "READY", "http://a"), 2.123456789)
        await asyncio.sleep(3.5)
        report_views(gateway_replicas(Settings(replicas=1), Seeds(0), history, 0.0), history, 1.0, told.append)

    clock.run(story())
    assert [(one.from_s, one.to_s) for one in told] == [(0.0, 1.123457), (1.123457, 2.5)]
