"""A story over seeds: its variants, their damage, and runs whose damage and verdict disagree."""

from dataclasses import replace
from functools import cache

import pytest

from gateway_sim.scenarios.compare.story_figures import StoryFigures, beside, specs_of, summed_up
from gateway_sim.scenarios.orchestration import stories
from gateway_sim.scenarios.run.plans import resolve
from gateway_sim.scenarios.run.result import StoryResult, by_kind
from gateway_sim.scenarios.run.runner import run_plans

STORY = stories.load("stragglers")


@cache
def played() -> tuple[StoryResult, ...]:
    """Play each variant of the story with two seeds."""
    return tuple(by_kind(run_plans(map(resolve, specs_of(STORY, 2))))[1])


def of(*changed: tuple[int, float]) -> StoryFigures:
    """Return the figures of the runs, some of which have another damage."""
    runs = list(played())
    for number, amount in changed:
        runs[number] = replace(runs[number], damage=replace(runs[number].damage, amount=amount))
    return summed_up(STORY, runs)


def test_each_variant_has_its_damage_over_the_seeds() -> None:
    """The mean lies between the least and the most; what the fixed one broke is none."""
    found = of()
    assert [one.variant for one in found.variants] == ["broken", "half-fixed", "fixed"]
    assert (found.seeds, found.unit) == (2, "steps slowed or short of rows")
    broken, _, fixed = found.variants
    assert broken.least <= broken.damage.mean <= broken.most
    assert broken.seed_0 == played()[0].damage.amount
    assert (broken.verdicts, fixed.verdicts) == ({"broken": 2}, {"kept": 2})
    assert (broken.broken.mean, fixed.broken.mean) == (1.0, 0.0)
    assert fixed.broken.high < 1.0
    assert broken.does == STORY.does["broken"]


@pytest.mark.parametrize(("number", "amount"), [(0, 0.0), (5, 3.0)])
def test_damage_without_a_broken_promise_and_the_other_way_round_is_named(number: int, amount: float) -> None:
    """By the line that plays the run again."""
    assert of().disagreeing == []
    assert of((number, amount)).disagreeing == [played()[number].replay]


def test_a_verdict_that_was_not_expected_is_named() -> None:
    """A fix that broke, though its damage says so too."""
    runs = [*played()[:5], replace(played()[5], verdict="broken")]
    found = summed_up(STORY, runs)
    assert found.unexpected == [runs[5].replay]


def test_a_half_fix_is_played_once_for_each_part_that_it_may_lack() -> None:
    """Seed by seed within each, and the runs come in the order in which they are summed up."""
    words = [dict(spec.settings) for spec in specs_of(stories.load("dead-holder"), 1)]
    assert words == [
        {"variant": "broken"},
        {"variant": "half-fixed", "omits": "renewal"},
        {"variant": "half-fixed", "omits": "stop"},
        {"variant": "fixed"},
    ]


def test_a_figure_stands_beside_its_closed_form() -> None:
    """Means over the runs that have it; a figure of which nothing was expected is left out."""
    drawn = [{"makespan_s": 10.0, "makespan_s_expected": 12.0, "steps": 3.0}, {"makespan_s": 14.0}]
    (one,) = beside(drawn)
    assert (one.figure, one.measured, one.standard_error) == ("makespan_s", 12.0, 2.0)
    assert one.expected == {"closed form": 12.0}
