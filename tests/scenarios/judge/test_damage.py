"""The damage of a run, and what is counted beside it."""

from gateway_sim.scenarios.judge.damage import BESIDE, Damage


def test_what_is_counted_in_other_units_is_told_in_words_where_it_is_not_zero():
    """Units are never added."""
    also = {"steps lost": 2.0, "GPU hours": 0.5, "runs failed": 0.0}
    assert Damage(3.0, "days", "", also=also).beside == "steps lost: 2, GPU hours: 0.5"
    assert Damage(3.0, "days", "").beside == ""
    assert (Damage(3.0, "days", "").figures, Damage(3.0, "days", "").also) == ({}, {})


def test_a_figures_ending_says_what_it_stands_beside():
    """The names of docs/reference/stories.md §3, in the words of a table."""
    assert BESIDE == {"_expected": "closed form", "_simulated": "simulated", "_card": "reference"}
