"""A replica behind a cache of misses: a request that asks too early makes a late route later."""

import random

from gateway_sim.negative_cache import CachingReplica
from gateway_sim.replicas import Fresh
from gateway_sim.route_table import History, Route, RouteKey

ROUTE = Route("acme", "job-1", 1, "READY", "pod:1")
OTHER = Route("acme", "job-2", 1, "READY", "pod:2")
KEY = RouteKey("acme", "job-1")


def caching(*written, miss_ttl_s=5.0):
    """Return a caching replica that sees each (second, route) at once."""
    history = History()
    for at_s, route in written:
        history.record(route, at_s)
    return CachingReplica("gw-0", history, Fresh(), random.Random(0), miss_ttl_s=miss_ttl_s)


def test_a_miss_hides_a_route_until_it_expires():
    """Asked at 1 s, written at 2 s, seen from 6 s on; the miss does not count anew with each read that it answers."""
    replica = caching((2.0, ROUTE))
    seen = {now_s: replica.read(KEY, now_s) for now_s in (1.0, 2.0, 5.9, 6.0)}
    assert seen == {1.0: None, 2.0: None, 5.9: None, 6.0: ROUTE}
    assert replica.hidden == 2
    assert replica.blind == [(KEY, 1.0, 6.0)]


def test_a_read_that_sees_a_route_is_not_cached():
    """Only misses are kept."""
    replica = caching((0.0, ROUTE))
    assert replica.read(KEY, 1.0) == ROUTE
    assert replica.blind == []


def test_one_jobs_miss_hides_no_other_job():
    """The cache is by key."""
    replica = caching((2.0, ROUTE), (2.0, OTHER))
    replica.read(KEY, 1.0)
    assert (replica.read(KEY, 3.0), replica.read(OTHER.key, 3.0)) == (None, OTHER)


def test_a_strong_read_takes_the_misses_place():
    """What it found is seen at once, and the replica is blind no longer than until then."""
    replica = caching((2.0, ROUTE), (2.0, OTHER))
    replica.read(KEY, 1.0)
    replica.read(OTHER.key, 1.5)
    replica.learn(ROUTE, 3.0)
    assert (replica.read(KEY, 3.0), replica.read(OTHER.key, 3.0)) == (ROUTE, None)
    assert replica.blind == [(KEY, 1.0, 3.0), (OTHER.key, 1.5, 6.5)]


def test_a_peek_leaves_no_miss_behind():
    """An observer of the replica must not change what its callers see."""
    replica = caching((2.0, ROUTE))
    assert replica.peek(KEY, 1.0) is None
    assert replica.read(KEY, 2.0) == ROUTE
