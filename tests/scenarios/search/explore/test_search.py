"""Many seeds: in order, counted, and whatever one of them does to its own world."""

import asyncio
import gc
import io
import itertools
import json
from functools import cache

import pytest
from rich.console import Console

from gateway_sim.scenarios.engines.virtual.wire import Wire
from gateway_sim.scenarios.report.findings import findings_card
from gateway_sim.scenarios.run.workers import Workers
from gateway_sim.scenarios.search.explore import search as search_module
from gateway_sim.scenarios.search.explore.explored import Explored
from gateway_sim.scenarios.search.explore.search import Findings, explore
from gateway_sim.scenarios.search.explore.search_config import SearchConfig
from gateway_sim.scenarios.sim.errors import SettingsRefused, UnknownWord

TODAY = SearchConfig("fresh-route", client="warmup-verified")
BEST = SearchConfig(client="exactly-once", gateway="leased-generation")


@pytest.fixture(scope="module")
def found():
    """Ten worlds of the fix of PR 348."""
    findings = Findings(TODAY)
    for one in explore(TODAY, range(10), Workers()):
        findings.add(one)
    return findings


def test_the_fix_of_pr_348_is_broken_by_some_and_kept_by_others(found):
    """Each world is counted once, and what broke is told with its reason."""
    assert found.explored == sum(found.verdicts.values()) == 10
    assert found.verdicts["broken"] > 0
    assert found.verdicts["kept"] > 0
    assert found.promises["the run finishes"] > 0
    assert not found.held
    assert [one.seed for one in found.broken] == sorted(one.seed for one in found.broken)


def test_the_document_is_plain_json_and_says_how_often_each_fault_was_met(found):
    """A fault is never met in more worlds than it was drawn in, and lag is drawn in each of this race's."""
    document = json.loads(json.dumps(found.document()))
    assert document["explored"] == document["kept"] + document["broken"] + document["not_exercised"]
    assert document["faults"]["lag"]["drawn"] == 10
    assert all(0 <= fault["met"] <= fault["drawn"] for fault in document["faults"].values())
    assert document["violations"][0]["violations"][0]["promise"]
    assert 0 < document["anomalies"]["stale-404"]["worlds"] <= 10
    assert document["anomalies"]["stale-404"]["worlds"] <= document["anomalies"]["stale-404"]["times"]


def test_a_seed_gives_the_same_wherever_the_search_begins(found):
    """Its digest is its own."""
    last = found.broken[-1]
    (again,) = explore(TODAY, [last.seed], Workers())
    alone = Findings(TODAY)
    alone.add(again)
    assert alone.broken == [last]


@pytest.mark.slow
def test_two_processes_find_what_one_does(found, monkeypatch):
    """The same of each seed, in the same order."""
    monkeypatch.setattr(search_module, "FEW", 2)
    together = Findings(TODAY)
    for one in explore(TODAY, range(10), Workers(2)):
        together.add(one)
    assert together == found


def test_each_anomaly_is_told_by_the_seed_and_the_events_that_show_it_by_the_least(found):
    """Of all worlds; a longer witness in another adds to the count only."""
    told = found.document()["anomalies"]["stale-404"]["shortest"]
    witness = next(s.shortest for s in _explored(told["seed"]).sightings if s.anomaly == "stale-404")
    assert [entry["event"] for entry in told["witness"]] == ["RoutePublished", "RouteMissed", "RequestRefused"]
    assert told["message"] == witness.message
    others = [s.shortest.length for n in range(10) for s in _explored(n).sightings if s.anomaly == "stale-404"]
    assert witness.length == min(others)
    assert f"seed {told['seed']}: {witness.message}" in _card(found)


def test_seeds_that_one_error_ended_are_told_once():
    """With the sentence of an error of ours, such as that of a part; another error has its name."""
    findings = Findings(TODAY)
    for seed, error in enumerate(["--part limit=acme: it failed", "KeyError: 'x'", "--part limit=acme: it failed"]):
        findings.add(Explored(seed, "not_exercised", "crashed", (), (), (), crashed=error))
    shown = _card(findings)
    assert "seed 0 and 1 other seed: not played to the end: --part limit=acme: it failed\n" in shown
    assert "seed 1: not played to the end: KeyError: 'x'\n" in shown
    assert not findings.held


def _card(findings):
    """Return what people read of the findings."""
    out = Console(width=200, file=io.StringIO())
    out.print(findings_card(findings, findings.explored))
    return out.file.getvalue()


@cache
def _explored(seed):
    (one,) = explore(TODAY, [seed], Workers())
    return one


def test_replicas_that_are_not_given_are_as_many_as_are_to_be_stale():
    """Their number is drawn otherwise, and a race's own is none that was asked for."""
    for race in (None, "fresh-route"):
        wide = SearchConfig(race, settings={"stale": "7"})
        wide.check()
        assert {wide.world(seed).settings.replicas for seed in range(20)} == {7}


@pytest.mark.parametrize(
    ("search", "error", "named"),
    [
        (SearchConfig("fresh-rout"), UnknownWord, "fresh-route"),
        (SearchConfig(client="plane"), UnknownWord, "plain"),
        (SearchConfig(settings={"stale": "4", "replicas": "2"}), SettingsRefused, "stale is 4"),
        (SearchConfig(settings={"lagg_s": "4"}), UnknownWord, "lag_s"),
        (SearchConfig(balance="per-connectoin"), UnknownWord, "per-connection"),
    ],
)
def test_words_that_are_off_are_refused_before_anything_runs(search, error, named):
    """With the nearest valid name, or the field that contradicts."""
    with pytest.raises(error, match=named):
        next(explore(search, range(1000), Workers(2)))


def test_a_world_that_plays_otherwise_the_second_time_is_told_by_its_first_differing_event(monkeypatch):
    """Chance that does not come from the seed is what this is for."""
    outside = itertools.count()
    draw_latency = Wire.open

    async def late_by_chance(self, request, *connection):
        if request.url.endswith("/create_session"):
            await asyncio.sleep(next(outside))
        return await draw_latency(self, request, *connection)

    monkeypatch.setattr(Wire, "open", late_by_chance)
    found = Findings(BEST)
    for one in explore(BEST, range(2), Workers(), twice=True):
        found.add(one)
    assert [one.seed for one in found.diverged] == [0, 1]
    assert "connect" in found.diverged[0].diverged
    assert "2 worlds played twice, 2 otherwise the second time" in _card(found)
    assert " and then " in found.diverged[0].diverged
    assert not found.held
    assert found.document()["diverged"][0]["difference"] == found.diverged[0].diverged


def test_the_engine_plays_every_world_alike(found):
    """None of the seeds differs when it is played twice, and playing it twice changes nothing."""
    twice = list(explore(TODAY, range(5), Workers(), twice=True))
    assert [one.diverged for one in twice] == [None] * 5
    counted = Findings(TODAY)
    for one in twice:
        counted.add(one)
    assert counted.document()["played_twice"] == 5
    assert "5 worlds played twice, all alike" in _card(counted)
    assert found.document()["played_twice"] == 0
    assert "twice" not in _card(found)
    assert {one.seed: one.digest for one in twice if one.verdict == "broken"} == {
        one.seed: one.digest for one in found.broken if one.seed < 5
    }


def test_a_world_leaves_nothing_in_memory():
    """Four worlds more leave fewer objects than one route table of theirs would: what libraries keep is let go of."""
    counts = []
    for _ in range(3):
        for one in explore(BEST, [3, 4, 5, 6], Workers()):
            assert one.crashed is None
        gc.collect()
        counts.append(len(gc.get_objects()))
    assert counts[2] - counts[1] < 60, counts
