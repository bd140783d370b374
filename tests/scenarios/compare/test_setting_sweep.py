"""The values of a sweep, and what theory adds to them."""

import pytest

from gateway_sim.scenarios.compare.setting_sweep import grid, specs_of, values_of
from gateway_sim.scenarios.run.spec import RunSpec


@pytest.mark.parametrize(
    ("word", "values"),
    [
        ("1, 2.5,x", ["1", "2.5", "x"]),
        ("60..240:60", ["60", "120", "180", "240"]),
        ("0..0.3:0.1", ["0", "0.1", "0.2", "0.3"]),
        ("60..480x2", ["60", "120", "240", "480"]),
        ("5..5:1", ["5"]),
    ],
)
def test_a_word_lists_values_or_a_range_with_both_ends(word: str, values: list[str]):
    """Steps are added, factors multiplied."""
    assert values_of(word, "n") == values


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
