"""Replicas see a past of the table: which one, and never a future."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_sim.lag import Exponential, Fixed, SimpleDbStep, Uniform
from gateway_sim.negative_cache import CachingReplica
from gateway_sim.replicas import Fresh, Lagging, Lags, Partitioned, Replica, age
from gateway_sim.route_table import History, Route, RouteKey

KEY = RouteKey("acme", "job-1")
times = st.floats(0, 1000)
laws = st.one_of(
    st.builds(Fixed, st.floats(0, 50)),
    st.builds(lambda low, width: Uniform(low, low + width), st.floats(0, 20), st.floats(0, 20)),
    st.builds(Exponential, st.floats(0, 20)),
)


def written(at_s):
    """Return a history of one route per time, generations 1, 2, 3..."""
    history = History()
    for generation, when_s in enumerate(sorted(at_s), start=1):
        history.record(Route("acme", "job-1", generation, "READY", f"pod:{generation}"), when_s)
    return history


def generation(replica, now_s):
    """Return the generation that a replica sees; 0 for none."""
    route = replica.read(KEY, now_s)
    return route.generation if route else 0


@given(st.lists(times, max_size=6), times)
def test_a_fresh_replica_sees_the_truth(at_s, now_s):
    """As many changes as were made by now."""
    replica = Replica("gw-0", written(at_s), Fresh(), random.Random(0))
    assert generation(replica, now_s) == sum(when_s <= now_s for when_s in at_s)


@given(st.lists(times, max_size=6), times, st.floats(0, 60))
def test_a_fixed_lag_is_the_truth_of_that_long_ago(at_s, now_s, lag_s):
    """Neither earlier nor later."""
    replica = Replica("gw-0", written(at_s), Lagging(Fixed(lag_s)), random.Random(0))
    assert generation(replica, now_s) == sum(now_s - when_s >= lag_s for when_s in at_s)


@given(laws, st.lists(times, min_size=1, max_size=6), times, st.integers())
def test_no_law_shows_the_future(law, at_s, now_s, seed):
    """A change that is not made yet is seen by no replica."""
    replica = Replica("gw-0", written(at_s), Lagging(law), random.Random(seed))
    assert generation(replica, now_s) <= sum(when_s <= now_s for when_s in at_s)


@given(laws, st.lists(times, min_size=1, max_size=6), st.integers())
def test_a_change_once_seen_stays_seen(law, at_s, seed):
    """Under the laws that draw once for a change, a replica's generation only grows."""
    replica = Replica("gw-0", written(at_s), Lagging(law), random.Random(seed))
    seen = [generation(replica, now_s) for now_s in range(0, 1100, 50)]
    assert seen == sorted(seen)


@given(st.lists(times, min_size=1, max_size=6), times, times)
def test_a_partitioned_replica_sees_nothing_new(at_s, since_s, now_s):
    """It knows what was known at the cut."""
    replica = Replica("gw-0", written(at_s), Partitioned(since_s), random.Random(0))
    assert generation(replica, now_s) == sum(when_s <= since_s for when_s in at_s)


def test_a_seed_draws_the_same_lags():
    """Two replicas with the same stream see the same past; another stream, another."""
    history = written([0.0])

    def sight(seed):
        replica = Replica("gw-0", history, Lagging(Uniform(0.0, 100.0)), random.Random(seed))
        return next(now_s for now_s in range(101) if generation(replica, now_s))

    assert sight(7) == sight(7)
    assert len({sight(seed) for seed in range(10)}) > 5


def test_the_step_law_lets_a_fresh_read_be_followed_by_a_stale_one():
    """Reads of SimpleDB are independent: a third fresh at once, nearly all after half a second."""
    # docs/reference/findings.md §4
    replica = Replica("gw-0", written([0.0]), Lagging(SimpleDbStep()), random.Random(1))
    early = [generation(replica, 0.2) for _ in range(3000)]
    late = [generation(replica, 0.6) for _ in range(3000)]
    assert 0.30 < sum(early) / 3000 < 0.37
    assert sum(late) / 3000 > 0.99
    assert any(after < before for before, after in itertools.pairwise(early))


def test_a_lag_of_nothing_is_fresh():
    """A mean of zero draws zero, and does not divide by it."""
    assert Exponential(0.0).draw(random.Random(0)) == 0.0


def test_a_view_can_be_replaced_while_it_runs():
    """Lag is injected, and taken away, at run time."""
    replica = Replica("gw-0", written([0.0]), Fresh(), random.Random(0))
    assert generation(replica, 5.0) == 1
    replica.turn(Partitioned(-1.0), 5.0)
    assert generation(replica, 5.0) == 0


def test_a_cut_hides_what_its_own_view_would_show_until_it_is_taken_away():
    """Of several cuts each hides for itself."""
    replica = Replica("gw-0", written([1.0, 5.0]), Fresh(), random.Random(0))
    replica.cut(Partitioned(since_s=3.0), 6.0)
    replica.cut(Partitioned(since_s=0.5), 6.0)
    assert generation(replica, 9.0) == 0
    replica.mend(Partitioned(since_s=0.5), 7.0)
    assert generation(replica, 9.0) == 1
    replica.mend(Partitioned(since_s=3.0), 8.0)
    assert generation(replica, 9.0) == 2


def test_a_cut_that_ends_before_a_later_one_leaves_it_in_force():
    """And each turn is logged with its second."""
    replica, early, late = Replica("gw-0", written([1.0]), Fresh(), random.Random(0)), *map(Partitioned, (0.5, 0.7))
    replica.cut(early, 2.0)
    replica.cut(late, 3.0)
    replica.mend(early, 4.0)
    assert generation(replica, 9.0) == 0
    assert [(turn.at_s, turn.cuts) for turn in replica.view_changes[1:]] == [
        (2.0, (early,)), (3.0, (early, late)), (4.0, (late,)),
    ]  # fmt: skip


def test_a_change_shows_from_its_own_second_on():
    """To a fresh replica, and to one that was cut off in that second."""
    assert generation(Replica("gw-0", written([1.0]), Fresh(), random.Random(0)), 1.0) == 1
    assert generation(Replica("gw-0", written([1.0]), Partitioned(1.0), random.Random(0)), 9.0) == 1
    # a lagging replica is stale from that second on
    late = Replica("gw-0", written([1.0]), Lagging(Fixed(4.0)), random.Random(0))
    late.read(KEY, 1.0)
    assert late.lagged == 1


def test_a_change_settles_when_every_read_shows_it():
    """At once, after its lag, or never."""
    change, lags = written([2.0]).of(KEY)[0], Lags(random.Random(0))
    views = (Fresh(), Lagging(Fixed(4.0)), Partitioned(2.0), Partitioned(1.0))
    assert [view.settles_at_s(change, lags) for view in views] == [2.0, 6.0, 2.0, float("inf")]
    assert [view.wavers for view in (*views, Lagging(SimpleDbStep()))] == [False] * 4 + [True]


def test_the_lags_of_changes_that_are_forgotten_are_forgotten():
    """And those of the others stay as they were drawn."""
    history, lags, law = written([1.0, 2.0, 3.0]), Lags(random.Random(0)), Uniform(0.0, 100.0)
    drawn = [lags.of(law, change) for change in history.of(KEY)]
    lags.keep([1])
    again = [lags.of(law, change) for change in history.of(KEY)]
    assert [one == other for one, other in zip(drawn, again, strict=True)] == [False, True, False]


def test_a_remembered_miss_counts_the_reads_that_it_answered_wrongly():
    """The first miss was true, and so is one while there is nothing to see."""
    replica = CachingReplica("gw-0", written([1.0]), Fresh(), random.Random(0), miss_ttl_s=2.0)
    for now_s in (0.5, 0.9, 1.5, 2.0, 3.0):
        replica.read(KEY, now_s)
    assert replica.hidden == 2


def test_a_read_that_falls_short_is_counted_by_what_alone_would_have_hidden_it():
    """Late first, then cut off; what was seen, or is taught, is short of nothing."""
    replica = Replica("gw-0", written([1.0]), Lagging(Fixed(4.0)), random.Random(0))
    replica.read(KEY, 0.5)
    replica.read(KEY, 2.0)
    replica.cut(Partitioned(0.0), 3.0)
    replica.read(KEY, 3.0)
    assert (replica.lagged, replica.cut_off) == (2, 0)
    replica.read(KEY, 6.0)
    assert (replica.lagged, replica.cut_off) == (2, 1)
    replica.read(KEY, 6.5)
    assert (replica.lagged, replica.cut_off) == (2, 2)
    replica.peek(KEY, 6.0)
    replica.learn(Route("acme", "job-1", 1, "READY", "pod:1"), 6.0)
    replica.read(KEY, 7.0)
    assert (replica.lagged, replica.cut_off) == (2, 2)


@given(laws, st.lists(times, min_size=1, max_size=4), st.integers())
def test_counting_draws_nothing_that_the_replica_would_have_drawn(law, at_s, seed):
    """Whatever was asked while it was cut off, it sees afterwards what it would have seen."""
    asked, spared = (Replica("gw-0", written(at_s), Lagging(law), random.Random(seed)) for _ in range(2))
    asked.cut(Partitioned(-1.0), 0.0)
    for now_s in at_s:
        asked.read(KEY, now_s + 1.0)
    asked.mend(Partitioned(-1.0), 2000.0)
    assert [generation(asked, now_s) for now_s in at_s] == [generation(spared, now_s) for now_s in at_s]


ORDER = [
    Route("acme", "job-1", generation, state, "pod" if state == "READY" else "")
    for generation in (1, 2)
    for state in ("PENDING", "READY", "TOMBSTONE")
]
"""The states that a route goes through, oldest first."""


def test_a_route_ages_from_pending_to_ready_to_its_tombstone_and_then_by_generation():
    """The tombstone of an old generation is older than the next generation on its way."""
    assert sorted(random.Random(1).sample(ORDER, len(ORDER)), key=age) == ORDER


@pytest.mark.parametrize("first", ORDER)
@pytest.mark.parametrize("then", ORDER)
def test_of_two_strong_reads_the_newer_route_is_known_whichever_came_last(first, then):
    """A read that was under way for long must not undo what a later one found."""
    replica = Replica("gw-0", History(), Fresh(), random.Random(0))
    replica.learn(first, 1.0)
    replica.learn(then, 2.0)
    newest = max(first, then, key=age)
    assert replica.read(KEY, 3.0) == newest
    assert [route for _, route in replica.lessons] == ([first] if newest == first else [first, then])


@pytest.mark.parametrize("learned", ORDER)
@pytest.mark.parametrize("shown", ORDER)
def test_a_replica_shows_the_newer_of_what_it_sees_and_what_it_was_taught(shown, learned):
    """Neither hides the other."""
    history = History()
    history.record(shown, 0.0)
    replica = Replica("gw-0", history, Fresh(), random.Random(0))
    replica.learn(learned, 1.0)
    assert replica.read(KEY, 2.0) == max(shown, learned, key=age)


def test_each_change_has_a_lag_of_its_own():
    """Ten changes under one law on one replica: a single draw for them all would be one number."""
    history, lags, law = written(float(n) for n in range(10)), Lags(random.Random(0)), Uniform(0.0, 100.0)
    drawn = [lags.of(law, change) for change in history.of(KEY)]
    assert len(set(drawn)) == 10
    assert [lags.of(law, change) for change in history.of(KEY)] == drawn
