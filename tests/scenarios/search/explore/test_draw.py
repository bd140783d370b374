"""Worlds from seeds: the same from the same, none that contradicts itself, and every fault in some but not in all."""

from collections import Counter

import pytest

from gateway_sim.scenarios import races
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.search.explore.acts import ENDS, VERBS, Act
from gateway_sim.scenarios.search.explore.fault_coverage import CACHE, LAG, faults_of
from gateway_sim.scenarios.search.explore.generated_case import GeneratedCase
from gateway_sim.scenarios.search.explore.search_config import SearchConfig
from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.sim.events import FaultInjected
from gateway_sim.scenarios.world.settings import Settings

SEARCH = SearchConfig(client="exactly-once", gateway="leased-generation")
TODAY = SearchConfig(client="exactly-once")
MANY = range(600 * 3)


@pytest.fixture(scope="module")
def worlds():
    """The worlds of many seeds, behind a gateway that reads the table strongly and behind one that does not."""
    return [search.world(seed) for search in (SEARCH, TODAY) for seed in MANY]


def test_a_seed_draws_the_same_world_again_and_another_seed_another():
    """A world depends on its seed only."""
    assert [SEARCH.world(seed) for seed in range(50)] == [SEARCH.world(seed) for seed in range(50)]
    assert len({SEARCH.world(seed).settings for seed in range(50)}) > 40


@pytest.mark.slow
def test_each_fault_is_on_in_some_worlds_and_in_a_minority_and_many_go_together(worlds):
    """In swarm style: none hides the others, and any two of them meet."""
    drawn = [faults_of(one) for one in worlds]
    counts = Counter(name for faults in drawn for name in faults)
    assert set(counts) == {LAG, CACHE, *VERBS}
    assert all(0.01 < count / len(drawn) < 0.6 for count in counts.values()), counts
    assert any(not faults for faults in drawn)
    assert any(len(faults) >= 6 for faults in drawn)
    together = {(one, other) for faults in drawn for one in faults for other in faults if one < other}
    apart = {("delete", "recreate")}
    names = sorted(counts)
    assert together == {(a, b) for a in names for b in names if a < b} - apart


def test_nothing_happens_to_a_job_that_is_gone(worlds):
    """A deletion is the last act."""
    for drawn in worlds:
        verbs = [act.verb for act in drawn.acts]
        assert not ENDS & set(verbs[:-1])


def test_what_is_pinned_is_not_drawn():
    """Settings that the call names hold in every world."""
    pinned = SearchConfig(
        balance="per-request", settings={"steps": "2", "stale": "1", "replicas": "4", "think_s": "0.3"}
    )
    for seed in range(100):
        world = pinned.world(seed)
        s = world.settings
        assert (world.balance, s.steps, s.stale, s.replicas, s.think_s) == ("per-request", 2, 1, 4, 0.3)


def test_a_race_keeps_its_story():
    """Its training and its late replicas stay; acts that its promises do not allow for do not join it."""
    for seed in range(200):
        world = SearchConfig("fresh-route").world(seed)
        assert world.settings.steps == 3
        assert world.settings.stale >= 1
        assert not {"preempt", "delete", "recreate", "stale-route"} & {act.verb for act in world.acts}


@pytest.mark.slow
def test_what_joins_a_race_is_none_of_the_faults_that_the_race_has_of_its_own():
    """The proof of one would count for the other."""
    for name in races.names():
        own = {entry.event.fault for entry in run(RunSpec(name, "exactly-once")).trace.of(FaultInjected)}
        drawn = {act.verb for seed in range(60) for act in SearchConfig(name).world(seed).acts}
        assert not own & drawn, name


def test_a_primary_partition_is_drawn_only_where_strong_reads_happen():
    """No run would meet it otherwise."""
    assert not any("primary-partition" in faults_of(SearchConfig().world(seed)) for seed in range(200))


PREEMPT, STALE = Act("preempt", 1), Act("stale-route", 0, for_s=1.0)


@pytest.mark.parametrize(
    ("acts", "named"),
    [
        ([Act("earthquake")], r"acts\[0\].verb is 'earthquake'"),
        ([Act("stale-route")], r"acts\[0\].for_s is 0"),
        ([Act("stale-route", 0, -1.0, 1.0)], r"acts\[0\].delay_s is -1"),
        ([Act("lost-reply", route="nowhere")], r"acts\[0\].route is 'nowhere'"),
        ([Act("preempt", 3)], r"acts\[0\].after_step is 3, but the run has only 3 steps"),
        ([STALE, STALE], r"acts\[1\].verb is 'stale-route', as acts\[0\].verb is"),
        ([PREEMPT, STALE], r"acts\[1\].after_step is 0, before that of acts\[0\]"),
        ([Act("delete"), PREEMPT], r"acts\[1\].verb is 'preempt', but acts\[0\] has taken the job away"),
        ([Act("late-delete")], r"acts\[0\].verb is 'late-delete', but no preempt"),
        ([Act("clock-skew", for_s=1.0, by_s=9.0)], r"acts\[0\].verb is 'clock-skew', but without lease_s"),
    ],
)
def test_a_world_that_contradicts_itself_is_refused_by_the_name_of_the_field(acts, named):
    """Before it runs."""
    with pytest.raises(SettingsRefused, match=named):
        GeneratedCase(0, None, "per-request", Settings(), tuple(acts))


def test_a_restart_of_one_replica_needs_another_one():
    """A shrinker takes replicas away."""
    with pytest.raises(SettingsRefused, match=r"acts\[0\].verb is 'replica-restart', but replicas is 1"):
        GeneratedCase(0, None, "per-request", Settings(replicas=1), (Act("replica-restart", for_s=1.0),))


def test_a_world_is_its_document_and_back():
    """The document loses nothing, and leaves defaults out."""
    for search in (SEARCH, SearchConfig("fresh-route")):
        for seed in range(100):
            world = search.world(seed)
            assert GeneratedCase.read(world.document()) == world
    assert GeneratedCase(7, None, "per-request", Settings()).document()["settings"] == {}


def test_a_document_with_more_stale_replicas_than_replicas_is_refused():
    """The field is named."""
    with pytest.raises(SettingsRefused, match="stale is 9, but there are only 3 replicas"):
        GeneratedCase.read({"race": None, "seed": 0, "balance": "per-request", "settings": {"stale": 9}})


def test_nothing_joins_a_race_whose_promise_any_late_answer_would_break():
    """A healthy run meets no act; only the settings around it are drawn."""
    assert not any(SearchConfig("healthy").world(seed).acts for seed in range(200))
    joined = {act.verb for seed in range(200) for act in SearchConfig("trainer-broken").world(seed).acts}
    assert joined == {"lost-reply"}
