"""Every race catches a part that is broken on purpose: kept with the part intact, broken by name with it broken.

A race that no fault can break proves nothing. Each mutation changes one part only.
"""

import dataclasses

import pytest

from gateway_sim.scenarios import races
from gateway_sim.scenarios.orchestration import stories
from gateway_sim.scenarios.search import mutations
from gateway_sim.scenarios.search.explore.explored import explore_seed
from gateway_sim.scenarios.search.explore.search_config import SearchConfig
from gateway_sim.scenarios.search.mutants import attempt, cases, left_out, play, trials
from gateway_sim.scenarios.search.mutations import Mutation, StoryGuard
from gateway_sim.scenarios.world.policies import client_policies, gateway_policies

ALL = [mutations.load(name) for name in mutations.names()]
TRIALS = cases(mutations.names())
OF_RACES = [guard for _, guard, _ in TRIALS if not isinstance(guard, StoryGuard)]
OF_STORIES = [guard for _, guard, _ in TRIALS if isinstance(guard, StoryGuard)]


def promised(registry):
    """Return the promises, in words, of all races or all stories."""
    told = [registry.load(name) for name in registry.names()]
    return {promise.__name__.replace("_", " ") for one in told for promise in one.promises}


def of_each_mutation():
    """Return a trial of each mutation that a race catches; stories, further guards and seeds are for the slow tests."""
    met: set[str] = set()
    for mutation, guard, seed in TRIALS:
        marks = [pytest.mark.slow] if mutation.name in met or isinstance(guard, StoryGuard) else []
        met.add(mutation.name)
        yield pytest.param(mutation, guard, seed, marks=marks, id=f"{mutation.name}: {guard.race} {seed}")


@pytest.mark.parametrize(("mutation", "guard", "seed"), list(of_each_mutation()))
def test_a_race_or_a_story_catches_a_broken_part(mutation, guard, seed):
    """Kept as expected, then broken by the promise that the guard names; a story with each of its seeds."""
    trial = attempt(mutation, guard, seed)
    assert trial.caught, trial.document()


def test_a_guard_of_a_story_names_a_promise_of_the_story_and_plays_it_with_two_seeds_or_more():
    """A promise that the story does not make could never be broken."""
    for guard in OF_STORIES:
        promises = {promise.__name__.replace("_", " ") for promise in stories.load(guard.race).promises}
        assert guard.promise in promises, guard
        assert len(set(guard.seeds)) >= 2, guard


def test_a_story_whose_library_is_missing_is_left_out_and_named(monkeypatch):
    """Nothing of it is played, and the mutation is not counted as caught."""
    monkeypatch.setattr(stories.Scenario, "missing", lambda story: ["deltalake"])
    names = ["delta-commits-unchecked"]
    assert left_out(names) == ["delta-commits-unchecked is left out: its story needs deltalake"]
    assert list(trials(names)) == []


def test_a_story_catches_its_mutation_only_in_the_variant_that_it_keeps():
    """The half-fixed variant is broken with the part intact, so it proves nothing."""
    mutation = mutations.load("limit-admits-every-holder")
    half_fixed = dataclasses.replace(mutation.guards[0], variant="half-fixed")
    trial = attempt(mutation, half_fixed)
    assert (trial.whole, trial.caught) == ("broken", False)


def test_every_race_promise_and_policy_has_a_mutation():
    """The promise that only explored worlds must keep is broken below."""
    assert {guard.race for guard in OF_RACES} == set(races.names())
    assert {guard.promise for guard in OF_RACES} == promised(races)
    policies = {f"gateway policy {name}" for name in gateway_policies()}
    policies |= {f"client policy {name}" for name in client_policies()}
    assert policies <= {mutation.part for mutation in ALL}


def test_every_story_and_every_promise_of_a_story_has_a_mutation():
    """The broken and the half-fixed variant break it too, but they differ in what they do, not in a defect."""
    assert {guard.race for guard in OF_STORIES} == set(stories.names())
    assert {guard.promise for guard in OF_STORIES} == promised(stories)


@pytest.mark.slow
def test_explored_worlds_catch_a_broken_part():
    """Some seed is kept with the part intact, and broken otherwise, by the promise that only explored worlds make."""
    search = SearchConfig(None, "plain", "tell-gone-from-stale", "tinker-0.15", None, {})
    mutation = mutations.load("gone-told-as-stale")

    def breaks(seed):
        with mutation.broken():
            return "a gone job is noticed" in {found.promise for found in explore_seed(search, seed).violations}

    seed = next(seed for seed in range(200) if breaks(seed) and explore_seed(search, seed).verdict == "kept")
    assert explore_seed(search, seed).violations == ()


def test_a_pod_that_does_not_look_cannot_hide_a_stray_request():
    """The trace shows without the pod where each request was sent, and which job runs there."""
    (guard,) = mutations.load("neighbours-route-taken").guards
    with mutations.load("pod-takes-whatever-comes").broken():
        assert play(guard).verdict == "kept"
        assert attempt(mutations.load("neighbours-route-taken"), guard).caught


def test_a_mutation_that_changes_nothing_is_not_caught():
    """The trial reports that the race was kept both times."""
    idle = Mutation("idle", "It breaks nothing.", "gateway", [], lambda put: None)
    trial = attempt(idle, mutations.load("errors-swallowed").guards[0])
    assert (trial.caught, trial.whole, trial.broken) == (False, "kept", "kept")


def test_a_mutation_caught_by_another_promise_is_not_caught():
    """Only the promise that the guard names counts."""
    mutation = mutations.load("route-not-ready-says-404")
    other = dataclasses.replace(mutation.guards[0], promise="no busy polling")
    trial = attempt(mutation, other)
    assert (trial.caught, trial.broken, trial.caught_by) == (False, "broken", ["the run finishes"])


def test_the_part_is_restored_afterwards():
    """The race is kept again."""
    mutation = mutations.load("errors-swallowed")
    attempt(mutation, mutation.guards[0])
    assert play(mutation.guards[0]).verdict == "kept"
