"""Every race catches a part that is broken on purpose: kept with the part intact, broken by name with it broken.

A race that no fault can break proves nothing. Each mutation changes one part only.
"""

import dataclasses

import pytest

from gateway_sim.scenarios import races
from gateway_sim.scenarios.search import mutations
from gateway_sim.scenarios.search.explore.explored import explore_seed
from gateway_sim.scenarios.search.explore.search_config import SearchConfig
from gateway_sim.scenarios.search.mutants import attempt, play
from gateway_sim.scenarios.search.mutations import Mutation
from gateway_sim.scenarios.world.policies import client_policies, gateway_policies

ALL = [mutations.load(name) for name in mutations.names()]
TRIALS = [(mutation, guard) for mutation in ALL for guard in mutation.guards]


@pytest.mark.parametrize(("mutation", "guard"), TRIALS, ids=[f"{m.name}: {g.race}" for m, g in TRIALS])
def test_a_race_catches_a_broken_part(mutation, guard):
    """Kept as the race expects, then broken by the promise that the guard names."""
    trial = attempt(mutation, guard)
    assert trial.caught, trial.document()


def test_every_race_promise_and_policy_has_a_mutation():
    """A scenario of orchestration is broken by its own variants.

    The promise that only explored worlds must keep is broken below.
    """
    guards = [guard for _, guard in TRIALS]
    assert {guard.race for guard in guards} == set(races.names())
    promises = {promise.__name__.replace("_", " ") for name in races.names() for promise in races.load(name).promises}
    assert {guard.promise for guard in guards} == promises
    policies = {f"gateway policy {name}" for name in gateway_policies()}
    policies |= {f"client policy {name}" for name in client_policies()}
    assert policies <= {mutation.part for mutation in ALL}


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
