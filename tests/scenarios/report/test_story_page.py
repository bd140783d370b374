"""The page of a story: what stands between marks is written anew, and the authors' text stays."""

import pytest

from gateway_sim.scenarios.compare.setting_sweep import Measured
from gateway_sim.scenarios.compare.story_figures import Beside, StoryFigures, VariantFigures
from gateway_sim.scenarios.orchestration import stories
from gateway_sim.scenarios.report.story_page import agreement, figures_part, figures_table, filled, legend, new_page
from gateway_sim.scenarios.sim.errors import UnknownWord

KNOWN = Beside("makespan_s", 8418.0, 80.0, {"closed form": 8509.0})


def figures(*disagreeing: str, seeds: int = 20) -> StoryFigures:
    """Return the figures of a story with one variant."""
    one = VariantFigures(
        "half-fixed", "rng", "It starts anew.", {"broken": seeds}, Measured(1.0, 0.84, 1.0),
        Measured(1620.25, 1500.0, 1740.5), 12.0, 2000.0, 1620.0, [KNOWN], disagreeing, [],
    )  # fmt: skip
    return StoryFigures("preempt-resume", seeds, "steps", [one])


def test_the_authors_text_stays_and_a_part_that_is_not_given_too() -> None:
    """Only what stands between the marks of a given part is replaced."""
    page = "# a\n<!-- story: summary -->\nold\n<!-- end -->\nby hand\n<!-- story: figures -->\n7\n<!-- end -->\n"
    assert filled(page, {"summary": "new"}) == page.replace("old", "new")


def test_a_mark_of_another_name_is_refused() -> None:
    """With the nearest name: its part would never be written."""
    with pytest.raises(UnknownWord, match="figures"):
        filled("<!-- story: figure -->\n<!-- end -->", {})


def test_a_new_page_has_every_part() -> None:
    """In their order, each filled at once."""
    page = filled(new_page(stories.load("dead-holder")), {"summary": "S", "figures": "F"})
    assert page.startswith("# dead-holder\n")
    assert page.index("S\n<!-- end -->") < page.index("<!-- story: variants -->") < page.index("F\n<!-- end -->")


def test_the_figures_stand_beside_their_command_and_what_was_expected_of_them() -> None:
    """The part that the half-fix lacks, the mean with its interval, the closed form."""
    told = figures_part(figures(), "gateway-sim stories preempt-resume --seeds 20")
    assert "```sh\ngateway-sim stories preempt-resume --seeds 20\n```" in told
    assert "| half-fixed, without rng | 20 of 20 (84% to 100%) | **1,620 (1,500 to 1,740)** |" in told
    assert "| half-fixed, without rng | makespan_s | 8,418 | 80 | 8,509 | - | - |" in told
    assert "In each of the 20 runs damage above 0 goes with a broken promise" in told


def test_a_run_whose_damage_and_verdict_disagree_is_named() -> None:
    """By the line that plays it again."""
    said = agreement(figures("gateway-sim run preempt-resume --seed 3"))
    assert said == "In 1 of 20 runs damage and verdict disagree: `gateway-sim run preempt-resume --seed 3`."


def test_one_seed_has_no_interval() -> None:
    """And says so."""
    assert legend(figures(seeds=1)).startswith("One seed")
    assert figures_table(figures(seeds=1)).rows[0][1] == "1 of 1 (84% to 100%)"
