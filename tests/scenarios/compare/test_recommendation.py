"""What a verification recommends: from runs that were played, in races small enough to be judged by eye."""

import dataclasses
from functools import cache

import pytest

from gateway_sim.scenarios.compare.recommendation import Recommendation, recommendation
from gateway_sim.scenarios.run.matrix import in_full
from gateway_sim.scenarios.run.result import RaceResult
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec

RACES = ("draining-pod", "fresh-route", "worker-dies")
PAIRS = [(client, gateway) for client in ("plain", "exactly-once") for gateway in ("not-found", "leased-generation")]


@cache
def played(race: str, client: str, gateway: str) -> RaceResult:
    """Return a run of a race under a pair."""
    result = run(in_full(RunSpec(race, client, gateway)))
    assert isinstance(result, RaceResult)
    return result


@pytest.fixture
def runs() -> list[RaceResult]:
    """Three races under four pairs: one that the client alone loses, one that the gateway alone loses."""
    return [played(race, *pair) for race in RACES for pair in PAIRS]


def lost(found: Recommendation) -> dict[str, list[str]]:
    """Return the lost races of each part."""
    parts = ("together", "by_gateway_alone", "by_client_alone", "today")
    return {part: [loss.race for loss in getattr(found, part)] for part in parts}


def test_the_pair_that_keeps_every_promise_is_recommended(runs: list[RaceResult]) -> None:
    """With what each of its policies still loses alone."""
    found = recommendation(runs)
    assert found is not None
    assert (found.gateway, found.client, found.races) == ("leased-generation", "exactly-once", 3)
    assert lost(found) == {
        "together": [],
        "by_gateway_alone": ["worker-dies"],
        "by_client_alone": ["draining-pod"],
        "today": [*RACES],
    }
    assert found.by_client_alone[0].outcome == "completed, but not: a draining pod takes no new run"
    assert found.by_gateway_alone[0].outcome == "gave up"


def test_a_fix_that_stops_holding_is_no_longer_said_to_hold(runs: list[RaceResult]) -> None:
    """The sentence is computed, not written: one broken run of the pair is named."""
    worse = [
        dataclasses.replace(one, verdict="broken", outcome="hung")
        if (one.race, one.client, one.gateway) == ("fresh-route", "exactly-once", "leased-generation")
        else one
        for one in runs
    ]
    found = recommendation(worse)
    assert found is not None
    assert [(loss.race, loss.outcome) for loss in found.together] == [("fresh-route", "hung")]


def test_one_broken_seed_loses_the_race(runs: list[RaceResult]) -> None:
    """However many others keep it."""
    bad = dataclasses.replace(runs[-1], seed=1, verdict="broken")
    found = recommendation([*runs, bad])
    assert found is not None
    assert [loss.race for loss in found.together] == ["worker-dies"]


def test_a_pair_that_was_not_played_everywhere_is_not_compared(runs: list[RaceResult]) -> None:
    """The 503 with Retry-After keeps the one race that it played: no ground to ship it."""
    few = played("fresh-route", "exactly-once", "route-not-ready+")
    found = recommendation([few, *runs])
    assert found is not None
    assert found.gateway == "leased-generation"


@pytest.mark.parametrize("without", [("plain", "not-found"), ("exactly-once", "leased-generation")])
def test_nothing_is_recommended_without_something_to_compare(without: tuple[str, str], runs: list[RaceResult]) -> None:
    """Neither without today's pair, nor without a fix on both sides."""
    assert recommendation([one for one in runs if (one.client, one.gateway) != without]) is None


def test_the_line_to_type_plays_the_very_run_that_was_lost(runs: list[RaceResult]) -> None:
    """With its SDK, balancer, seed and settings: another seed of the race may be kept."""
    first = next(one for one in runs if (one.client, one.gateway, one.verdict) == ("plain", "not-found", "broken"))
    kept = dataclasses.replace(first, verdict="kept", violations=[])
    seventh = run(RunSpec(first.race, first.client, first.gateway, seed=7))
    assert isinstance(seventh, RaceResult)
    found = recommendation([kept if one is first else one for one in runs] + [seventh])
    assert found is not None
    (look,) = (loss.look for loss in found.today if loss.race == first.race)
    assert look == f"{seventh.replay} --html {first.race}.html"
    assert "--seed 7 " in look
