"""The values of a sweep, and what theory adds to them."""

from dataclasses import replace

import pytest

from gateway_sim.scenarios.compare.setting_sweep import Value, grid, specs_of, summed_up, values_of
from gateway_sim.scenarios.report.setting_sweep import legend
from gateway_sim.scenarios.run.plans import resolve
from gateway_sim.scenarios.run.result import StoryResult
from gateway_sim.scenarios.run.runner import run_plans
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import UsageError


@pytest.mark.parametrize(
    ("word", "values"),
    [
        ("1, 2.5,x", ["1", "2.5", "x"]),
        ("60..240:60", ["60", "120", "180", "240"]),
        ("0..0.3:0.1", ["0", "0.1", "0.2", "0.3"]),
        ("60..480x2", ["60", "120", "240", "480"]),
        ("5..5:1", ["5"]),
        ("1..2:0.4", ["1", "1.4", "1.8"]),
    ],
)
def test_a_word_lists_values_or_a_range_from_its_low_end(word: str, values: list[str]):
    """Steps are added, factors multiplied; the high end is one of them where a step meets it."""
    assert values_of(word, "n") == values


@pytest.mark.parametrize("word", ["1,1", "0.5,0.50", "1e1,10", "1..1.0000000005:1e-12"])
def test_a_value_that_is_listed_twice_is_refused(word: str):
    """Also in other digits, and where steps are smaller than the digits that are written."""
    with pytest.raises(UsageError, match=r"list each value once|the values are the same"):
        values_of(word, "n")


def test_one_seed_has_no_interval_and_says_so():
    """A mean of one is that run."""
    spec = RunSpec("fresh-route", gateway="hold")
    values = grid(spec, {"lag_s": ["1", "2"]})
    one = summed_up(spec, values, 1, run_plans(map(resolve, specs_of(spec, values, [0]))))
    assert legend(one).startswith("One seed, so without intervals")
    assert "their t" not in legend(one)
    two = summed_up(spec, values, 2, run_plans(map(resolve, specs_of(spec, values, [0, 1]))))
    assert legend(two).startswith("Means over 2 seeds with their t intervals")


def test_theory_s_best_value_is_played_in_its_place():
    """Between its neighbours; where it was asked for already, it is marked."""
    spec = RunSpec("preempt-resume", settings={"variant": "fixed", "save_s": "32", "mtbf_s": "2500"})
    values = grid(spec, {"checkpoint_every_s": ["100", "900"]})
    assert [(value.words["checkpoint_every_s"], value.theory) for value in values] == [
        ("100", ""), ("400", "Young/Daly"), ("900", ""),
    ]  # fmt: skip
    marked = grid(spec, {"checkpoint_every_s": ["100", "400.0"]})
    assert [value.theory for value in marked] == ["", "Young/Daly"]
    assert len(specs_of(spec, values, range(4))) == 12


def test_theory_says_nothing_of_a_job_that_it_is_not_about():
    """One that never saves, and one that trains on while it saves."""
    for words in ({"variant": "broken"}, {"variant": "fixed", "saving": "background"}):
        values = grid(RunSpec("preempt-resume", settings=words), {"checkpoint_every_s": ["360", "720"]})
        assert [value.theory for value in values] == ["", ""]


def test_the_best_value_has_the_least_damage_and_only_then_the_least_cost():
    """Without stale reads every run ends later than one that crashes: the value that breaks nothing is the best."""
    spec = RunSpec("fresh-route", gateway="not-found")
    values = grid(spec, {"stale": ["0", "1"]})
    found = summed_up(spec, values, 2, run_plans(map(resolve, specs_of(spec, values, [0, 1]))))
    kept, broken = found.rows
    assert (kept.broken.mean, broken.broken.mean) == (0.0, 1.0)
    assert kept.cost.mean > broken.cost.mean
    assert (found.best, found.best.values) == (kept, {"stale": "0"})
    assert kept.digest != broken.digest


def test_among_values_without_damage_one_that_breaks_no_promise_is_the_best():
    """What a run damages in another unit is not in its amount: the broken runs tell of it."""
    variants = ["broken", "fixed"]
    spec = RunSpec("rollback-forgets")
    values = [Value({"variant": variant}) for variant in variants]
    broken, fixed = run_plans(map(resolve, specs_of(spec, values, [0])))
    assert isinstance(broken, StoryResult)
    assert isinstance(fixed, StoryResult)
    elsewhere = replace(
        broken, damage=replace(broken.damage, amount=0), metrics=replace(broken.metrics, finished_s=0.0)
    )
    found = summed_up(spec, values, 1, [elsewhere, fixed])
    assert [row.damage and row.damage.mean for row in found.rows] == [0.0, 0.0]
    assert found.rows[0].cost.mean < found.rows[1].cost.mean
    assert found.best.values == {"variant": "fixed"}
