"""A drawn world on the engine: a broken promise is found, and a fault that was never met proves nothing."""

import pytest

from gateway_sim.scenarios.search.explore import execute
from gateway_sim.scenarios.search.explore.acts import VERBS, Act
from gateway_sim.scenarios.search.explore.execute import play_world
from gateway_sim.scenarios.search.explore.explored import explore_seed, first_difference
from gateway_sim.scenarios.search.explore.generated_case import GeneratedCase
from gateway_sim.scenarios.search.explore.search_config import SearchConfig
from gateway_sim.scenarios.sim.trace import Entry
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.trainer_pod.ledger import Fresh, Ledger

SMALL = Settings(steps=2, batch=1, length=8)
BEST = SearchConfig(client="exactly-once", gateway="leased-generation")
TODAY = SearchConfig(client="plain")
HELD = SearchConfig(client="exactly-once", gateway="route-not-ready")


def world(*acts, **settings):
    """Return a small world in which these acts happen."""
    return GeneratedCase(0, None, "per-connection", Settings(**{"steps": 2, "batch": 1, "length": 8} | settings), acts)


MET = {
    "stale-route": world(Act("stale-route", 1, for_s=2.0)),
    "lost-reply": world(Act("lost-reply", 1, route="optim_step")),
    "delayed-reply": world(Act("delayed-reply", 1, route="forward_backward", by_s=5.0)),
    "gateway-restart": world(Act("gateway-restart", 1, for_s=1.0)),
    "replica-restart": world(Act("replica-restart", 1, for_s=1.0)),
    "address-refuses": world(Act("address-refuses", 1, for_s=2.0)),
    "address-swallows": world(Act("address-swallows", 1, for_s=2.0)),
    "half-open": world(Act("half-open", 1)),
    "clock-skew": world(Act("clock-skew", 1, for_s=2.0, by_s=20.0), replicas=1, lease_s=15.0),
    "gateway-overload": world(Act("gateway-overload", 1, for_s=3.0), steps=3),
    "pod-errors": world(Act("pod-errors", 1, for_s=2.0)),
    "control-plane-outage": world(Act("control-plane-outage", for_s=2.0)),
    "slow-control-plane": world(Act("slow-control-plane", by_s=1.0, for_s=20.0)),
    "primary-partition": world(Act("stale-route", 1, for_s=2.0), Act("primary-partition", 1, for_s=1.0)),
    "pod-crash": world(Act("pod-crash", 1, for_s=1.0)),
    "pod-freeze": world(Act("pod-freeze", 1, for_s=3.0)),
    "preempt": world(Act("preempt", 1)),
    "drain": world(Act("drain", 1, for_s=1.0), steps=3, think_s=1.0),
    "late-delete": world(Act("preempt", 1), Act("late-delete", 1, 2.0), think_s=5.0),
    "delete": world(Act("delete", 1)),
    "recreate": world(Act("recreate", 1)),
}


def test_every_verb_has_a_world_here():
    """A verb without one has not been shown to fire."""
    assert set(MET) == set(VERBS)


@pytest.mark.parametrize("verb", MET)
def test_each_verb_fires_and_the_best_pair_keeps_every_promise(verb):
    """The verdict would be not exercised if the run had not met it."""
    result = play_world(BEST, MET[verb])
    assert (result.verdict, result.violations) == ("kept", [])


def test_a_fault_that_no_request_meets_makes_a_run_not_exercised():
    """The control plane is asked at connect, and not while two steps are trained."""
    result = play_world(BEST, world(Act("control-plane-outage", 1, for_s=0.1)))
    assert result.verdict == "not_exercised"
    assert [broken.message for broken in result.violations] == ["its run never met control-plane-outage"]


def test_a_cut_that_hides_no_more_than_the_lag_does_has_changed_nothing():
    """Every replica is late for longer than it is cut off, so each miss is the lag's."""
    hidden = world(Act("stale-route", 0, for_s=5.0), stale=3, replicas=3, lag_s=8.0)
    result = play_world(HELD, hidden)
    assert [broken.message for broken in result.violations] == ["its run never met stale-route"]
    longer = world(Act("stale-route", 0, for_s=15.0), stale=3, replicas=3, lag_s=2.0)
    assert play_world(HELD, longer).verdict == "kept"


def test_a_replica_that_is_late_by_less_than_it_is_cut_off_proves_the_cut_alone():
    """The route was there for all to see before the cut."""
    late = world(Act("stale-route", 1, for_s=2.0), stale=1, replicas=3, lag_s=0.001)
    result = play_world(HELD, late)
    assert [broken.message for broken in result.violations] == ["its run never met lag"]


def test_a_call_that_another_fault_loses_proves_no_restart():
    """The control plane keeps the caller waiting until it gives up; no request reaches the gateway."""
    elsewhere = world(Act("slow-control-plane", for_s=50.0, by_s=70.0), Act("gateway-restart", delay_s=28.0, for_s=5.0))
    result = play_world(BEST, elsewhere)
    lost = [entry.at_s for entry in result.trace.entries if entry.name == "CallLost"]
    assert any(29.0 <= at_s <= 34.0 for at_s in lost)
    assert [broken.message for broken in result.violations] == ["its run never met gateway-restart"]


def test_replicas_that_lag_and_are_never_asked_prove_nothing():
    """One of three is late by less than anybody would notice."""
    result = play_world(BEST, world(stale=1, replicas=3, lag_s=0.001))
    assert result.verdict == "not_exercised"
    assert [broken.message for broken in result.violations] == ["its run never met lag"]


def test_a_cache_counts_once_it_answered_a_read_that_the_table_would_have_answered_better():
    """A miss that is remembered outlives the lag."""
    cached = world(stale=3, replicas=3, lag_s=1.0, negative_ttl_s=10.0)
    result = play_world(SearchConfig(client="exactly-once"), cached)
    assert result.verdict == "kept"
    assert any(entry.name == "NegativeCacheHits" for entry in result.trace.entries)


def test_a_race_whose_story_did_not_take_place_is_not_exercised():
    """Fresh replicas miss nothing."""
    calm = GeneratedCase(0, "fresh-route", "per-connection", Settings(replicas=3))
    result = play_world(BEST, calm)
    assert result.verdict == "not_exercised"
    assert [broken.message for broken in result.violations] == ["it never reached RouteMissed"]


def test_todays_pair_breaks_in_a_world_of_one_stale_moment():
    """A violation of the incident's own kind, from a drawn world."""
    result = play_world(TODAY, MET["stale-route"])
    assert result.verdict == "broken"
    assert result.violations[0].promise == "the run finishes"


def test_a_pod_that_forgets_what_it_took_is_found(monkeypatch):
    """It applies twice what is sent twice, after an answer that was lost."""
    monkeypatch.setattr(Ledger, "consult", lambda self, key, fingerprint: Fresh())
    result = play_world(BEST, MET["lost-reply"])
    assert "no step is applied twice" in {broken.promise for broken in result.violations}


def test_a_world_that_crashes_says_so_and_stops_no_other(monkeypatch):
    """It has proved nothing, and is told by its error."""

    async def lost(world, act):
        raise RuntimeError("no such pod")

    monkeypatch.setattr(execute, "perform", lost)
    seed = next(n for n in range(100) if BEST.world(n).acts)
    one = explore_seed(BEST, seed)
    assert (one.verdict, one.crashed) == ("not_exercised", "RuntimeError: no such pod")


def test_the_first_difference_of_two_traces_is_named_with_both_events():
    """When it happened, in which part, and what."""
    first = [Entry(0.0, "a", "same"), Entry(1.0, "b", "this")]
    second = [Entry(0.0, "a", "same"), Entry(1.0, "b", "that")]
    assert first_difference(first, second) == "event 1 was 1.000000 s b this, and then 1.000000 s b that"
    assert first_difference(first, first[:1]) == "event 1 was 1.000000 s b this in one run only"
