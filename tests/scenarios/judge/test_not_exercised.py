"""A run in which the race did not take place, or a promise crashed, proves nothing and says so."""

import dataclasses
from collections.abc import Iterator

import pytest

from gateway_sim.scenarios import races
from gateway_sim.scenarios.judge.promises import Violation, in_words
from gateway_sim.scenarios.judge.verdict import held_to
from gateway_sim.scenarios.run.plans import race_plan
from gateway_sim.scenarios.run.runner import run, run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.trace import Trace


async def nothing_happens(world):
    """A story in which the race does not take place."""


@pytest.mark.parametrize("name", races.names())
def test_a_race_that_did_not_take_place_is_not_exercised(name):
    """Whatever its promises say of nothing, each event it had to reach is named."""
    planned = race_plan(RunSpec(name))
    idle = dataclasses.replace(planned, race=dataclasses.replace(planned.race, play=nothing_happens))
    result = run_plan(idle)
    assert result.verdict == "not_exercised"
    assert not result.as_expected
    assert [v.message for v in result.violations if v.promise == "the race took place"] == [
        f"it never reached {kind.__name__}" for kind in planned.race.must_reach
    ]


def test_a_race_without_its_cause_is_not_exercised():
    """With every replica fresh there is no fresh-route race, though the run finishes."""
    result = run(RunSpec("fresh-route", settings={"stale": "0"}))
    assert (result.outcome, result.verdict) == ("completed", "not_exercised")
    assert [v.message for v in result.violations] == ["it never reached RouteMissed"]


def a_promise_that_crashes(trace):
    """Keep nothing, and know nothing."""
    yield from ()
    raise KeyError("weights")


@pytest.mark.parametrize("race", ["healthy", "fresh-route"])
def test_a_promise_that_crashes_is_not_exercised_and_says_so_first(race):
    """Neither kept nor broken: beside promises that were, the crash still decides."""
    planned = race_plan(RunSpec(race))
    promises = [*planned.race.promises, a_promise_that_crashes]
    result = run_plan(dataclasses.replace(planned, race=dataclasses.replace(planned.race, promises=promises)))
    assert result.verdict == "not_exercised"
    assert not result.as_expected
    first = result.violations[0]
    assert (first.promise, first.message) == (
        "a promise that crashes", "the promise itself crashed: KeyError: 'weights'",
    )  # fmt: skip


def another_jobs_gpu_is_not_taken(trace: Trace) -> Iterator[Violation]:
    """Another job's GPU is not taken: a promise whose name lost an apostrophe."""
    yield Violation("job-2's was taken", 1.0)


def otherwise_described(trace: Trace) -> Iterator[Violation]:
    """Describe it in another sentence."""
    yield from ()


def test_people_read_a_promise_with_its_apostrophes() -> None:
    """A function's name has none; programs know the promise by it, and people get it as its docstring begins."""
    _, (broken,) = held_to([another_jobs_gpu_is_not_taken], [], Trace())
    assert (broken.promise, broken.words) == ("another jobs gpu is not taken", "another job's GPU is not taken")
    assert broken.document()["promise"] == broken.promise
    assert in_words(otherwise_described) == "otherwise described"
