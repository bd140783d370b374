"""What a replica is said to have believed is what it answered."""

import random
from dataclasses import replace

import pytest

from gateway_sim.lag import Exponential, Fixed, SimpleDbStep
from gateway_sim.leases import ReaderClock
from gateway_sim.negative_cache import CachingReplica
from gateway_sim.replica_views import replica_views
from gateway_sim.replicas import Fresh, Lagging, Partitioned, Replica
from gateway_sim.route_table import History, Route, RouteKey

KEY = RouteKey("acme", "job-1")
READY = Route("acme", "job-1", 1, "READY", "pod:1")
MOVED = Route("acme", "job-1", 2, "READY", "pod:2")


def lab(view, *changes, kind=Replica, **more):
    """Return a replica over a history of (second, route) changes."""
    history = History()
    for at_s, route in changes:
        history.record(route, at_s)
    return kind("gw-0", history, view, random.Random(0), **more)


def told(replica, to_s=10.0):
    """Return the replica_views in short: from, to, generation, and what is wrong with it."""
    return [
        (b.from_s, b.to_s, b.seen.generation if b.seen else 0, ("stale" if b.stale else "") + "!" * b.wavering)
        for b in replica_views(replica, KEY, 0.0, to_s)
    ]


def test_a_lagging_replica_is_stale_for_its_lag():
    """Nothing, then nothing though a route stands, then the route."""
    assert told(lab(Lagging(Fixed(4.0)), (1.0, READY))) == [
        (0.0, 1.0, 0, ""), (1.0, 5.0, 0, "stale"), (5.0, 10.0, 1, ""),
    ]  # fmt: skip


def test_a_turned_view_shows_when_it_was_turned():
    """A restart on an old snapshot, and back."""
    replica = lab(Fresh(), (1.0, READY))
    replica.turn(Partitioned(0.0), 3.0)
    replica.turn(Fresh(), 5.0)
    assert told(replica) == [(0.0, 1.0, 0, ""), (1.0, 3.0, 1, ""), (3.0, 5.0, 0, "stale"), (5.0, 10.0, 1, "")]


def test_a_lesson_heals_a_stale_replica():
    """What a strong read taught is believed at once, and the older generation is not believed again."""
    replica = lab(Lagging(Fixed(6.0)), (0.0, READY), (2.0, MOVED))
    replica.learn(MOVED, 3.0)
    assert told(replica) == [(0.0, 3.0, 0, "stale"), (3.0, 10.0, 2, "")]


def test_a_replica_whose_reads_disagree_wavers_until_the_step():
    """SimpleDB's step: each read draws for itself until half a second after the write."""
    assert told(lab(Lagging(SimpleDbStep()), (1.0, READY)), 3.0) == [
        (0.0, 1.0, 0, ""), (1.0, 1.5, 0, "stale!"), (1.5, 3.0, 1, ""),
    ]  # fmt: skip


def test_a_remembered_miss_hides_a_route_until_it_expires_or_is_corrected():
    """A cache of misses makes a late route later; a strong read ends it."""
    replica = lab(Lagging(Fixed(2.0)), (0.0, READY), kind=CachingReplica, miss_ttl_s=5.0)
    assert replica.read(KEY, 1.0) is None
    assert told(replica) == [(0.0, 6.0, 0, "stale"), (6.0, 10.0, 1, "")]
    replica.learn(READY, 3.0)
    assert told(replica) == [(0.0, 3.0, 0, "stale"), (3.0, 10.0, 1, "")]


@pytest.mark.parametrize("view", [Fresh(), Lagging(Fixed(1.5)), Lagging(Exponential(2.0)), Partitioned(0.0)])
def test_beliefs_agree_with_reads(view):
    """At every moment, a read answers what the belief of that stretch says."""
    replica = lab(view, (1.0, READY), (4.0, MOVED))
    for belief in replica_views(replica, KEY, 0.0, 12.0):
        for share in (0.01, 0.5, 0.99):
            now_s = belief.from_s + share * (belief.to_s - belief.from_s)
            assert replica.read(KEY, now_s) == belief.seen


def leased(until_s, route=READY):
    """Return a route whose lease ends at this time of day."""
    return replace(route, lease_until_s=until_s)


def states(replica):
    """Return the replica_views in short: from, to and state."""
    return [(b.from_s, b.to_s, b.seen and b.seen.state) for b in replica_views(replica, KEY, 0.0, 10.0)]


def test_a_route_whose_lease_ends_is_expired_until_it_is_renewed():
    """Renewals in time are one period, and an old lease alone is not stale."""
    replica = lab(Fresh(), (0.0, leased(1004.0)), (2.0, leased(1006.0)), (8.0, leased(1012.0)))
    replica.clock = ReaderClock(1000.0)
    assert states(replica) == [(0.0, 6.0, "READY"), (6.0, 8.0, "EXPIRED"), (8.0, 10.0, "READY")]
    assert not any(period.stale for period in replica_views(replica, KEY, 0.0, 10.0))


def test_a_clock_that_is_set_ends_leases_from_then_on():
    """And until it is set right."""
    replica = lab(Fresh(), (0.0, leased(1020.0)))
    replica.clock = ReaderClock(1000.0)
    replica.clock.shift(15.0, 3.0)
    replica.clock.shift(-15.0, 7.0)
    assert states(replica) == [(0.0, 5.0, "READY"), (5.0, 7.0, "EXPIRED"), (7.0, 10.0, "READY")]


def test_a_renewal_that_a_strong_read_found_is_believed():
    """The replica's own copy has an older lease."""
    replica = lab(Lagging(Fixed(6.0)), (0.0, leased(1007.0)), (3.0, leased(1014.0)))
    replica.clock = ReaderClock(1000.0)
    replica.learn(leased(1014.0), 8.0)
    assert states(replica) == [(0.0, 6.0, None), (6.0, 7.0, "READY"), (7.0, 8.0, "EXPIRED"), (8.0, 10.0, "READY")]
    assert replica.read(KEY, 8.5).lease_until_s == 1014.0
    assert replica.lagged == 0


def test_what_is_known_of_another_job_changes_nothing():
    """Neither a lesson nor a remembered miss."""
    other = Route("acme", "job-2", 9, "READY", "pod:9")
    replica = lab(Fresh(), (1.0, READY), (2.0, other), kind=CachingReplica, miss_ttl_s=5.0)
    replica.read(other.key, 1.5)
    replica.learn(other, 3.0)
    assert told(replica) == [(0.0, 1.0, 0, ""), (1.0, 10.0, 1, "")]


def test_a_cut_shows_in_the_periods_and_the_last_of_several_views_counts():
    """Cut off from 2 s to 6 s, behind a view that was turned twice."""
    replica, cut = lab(Fresh(), (1.0, READY), (3.0, MOVED)), Partitioned(2.0)
    replica.turn(Lagging(Fixed(0.5)), 2.0)
    replica.cut(cut, 2.0)
    replica.mend(cut, 6.0)
    replica.turn(Fresh(), 8.0)
    assert told(replica) == [(0.0, 1.0, 0, ""), (1.0, 3.0, 1, ""), (3.0, 6.0, 1, "stale"), (6.0, 10.0, 2, "")]


def test_the_periods_begin_and_end_where_they_are_asked_for():
    """Also between two changes."""
    replica = lab(Fresh(), (1.0, READY))
    spans = [(period.from_s, period.to_s) for period in replica_views(replica, KEY, 4.0, 7.0)]
    assert spans == [(4.0, 7.0)]
