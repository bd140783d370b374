"""The pages of the stories: each story has one, its text is the story's own, and its figures are those of the runs.

`gateway-sim stories --into docs/stories` writes what stands between marks.
"""

import re
from pathlib import Path

import pytest

from gateway_sim.scenarios.apps.cli.stories import SEEDS, own_parts
from gateway_sim.scenarios.compare.story_figures import specs_of, summed_up
from gateway_sim.scenarios.orchestration import stories
from gateway_sim.scenarios.report.story_page import MARKED, PARTS, figures_part, filled
from gateway_sim.scenarios.run.plans import resolve
from gateway_sim.scenarios.run.result import StoryResult, by_kind
from gateway_sim.scenarios.run.runner import run, run_plans
from gateway_sim.scenarios.run.spec import RunSpec

PAGES = Path(__file__).parents[2] / "docs" / "stories"
NAMES = stories.names()
WRITTEN_BY_HAND = (
    "In public", "What is modelled, and what is not", "Why teams stop at the half-fix", "Which product has the fix"
)  # fmt: skip
A_QUICK_ONE = "stragglers"
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
WITHIN = 0.04
"""By how much a figure of another processor may differ: weights and losses differ there in their last digits."""


def page_of(name: str) -> str:
    """Return the page of a story."""
    return (PAGES / f"{name}.md").read_text()


def part_of(name: str, part: str) -> str:
    """Return what stands between the marks of a part."""
    return next(found[0] for found in MARKED.finditer(page_of(name)) if found["part"] == part)


def shown_of(name: str) -> dict[str, list[str]]:
    """Return the cells of the table of damage, by variant."""
    rows = [line.strip("| ").split(" | ") for line in part_of(name, "figures").splitlines() if line.startswith("| ")]
    head = next(number for number, row in enumerate(rows) if row[-1] == "with seed 0")
    variants = len({str(spec.settings) for spec in specs_of(stories.load(name), 1)})
    return {variant: cells for variant, *cells in rows[head + 2 : head + 2 + variants]}


def alike(one: str, other: str) -> bool:
    """Say whether two texts have the same words, and numbers that are nearly the same."""
    pairs = zip(numbers(one), numbers(other), strict=False)
    near = all(abs(a - b) <= WITHIN * max(abs(a), abs(b), 1.0) for a, b in pairs)
    return NUMBER.sub("", one) == NUMBER.sub("", other) and near


def numbers(text: str) -> list[float]:
    """Return the numbers of a text."""
    return [float(number.replace(",", "")) for number in NUMBER.findall(text)]


def test_each_story_has_a_page_and_each_page_a_story() -> None:
    """A page of a story that is gone would stay for ever."""
    assert {path.stem for path in PAGES.glob("*.md")} == set(NAMES), "run: gateway-sim stories NAME --into docs/stories"


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_what_no_run_can(name: str) -> None:
    """The incident in public with its source, the model and its limits, why the half-fix tempts, what has the fix."""
    text = MARKED.sub("", page_of(name))
    told = {part.partition("\n")[0]: " ".join(part.partition("\n")[2].split()) for part in text.split("\n## ")[1:]}
    assert list(told) == list(WRITTEN_BY_HAND)
    assert all(len(words.split()) > 20 for words in told.values())
    assert "](" in told["In public"], "name the source"
    assert "Not modelled" in told["What is modelled, and what is not"]
    assert [found["part"] for found in MARKED.finditer(page_of(name))] == list(PARTS)


@pytest.mark.parametrize("name", NAMES)
def test_the_text_between_marks_is_the_storys_own(name: str) -> None:
    """A docstring, a variant or a setting that was reworded is written anew."""
    page = page_of(name)
    assert filled(page, own_parts(stories.load(name))) == page, f"run: gateway-sim stories {name} --into docs/stories"


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_each_variant_and_no_verdict_without_its_damage(name: str) -> None:
    """Of twenty seeds, in the words of the command that played them."""
    story, figures = stories.load(name), part_of(name, "figures")
    assert f"gateway-sim stories {name} --seeds {SEEDS}\n" in figures
    assert "disagree" not in figures
    shown = shown_of(name)
    names = ["broken", *(f"half-fixed, without {part}" for part in story.omits), "fixed"]
    assert list(shown) == (names if story.omits else ["broken", "half-fixed", "fixed"])
    for variant, (broken, damage, *_) in shown.items():
        some = 0 if variant == "fixed" else SEEDS
        assert broken.startswith(f"{some} of {SEEDS} ")
        assert (numbers(damage)[0] > 0) == (variant != "fixed")


def test_the_first_seeds_of_a_quick_story_give_what_its_page_shows() -> None:
    """Seed 0 to the digit, the next one between the least and the most."""
    shown = shown_of(A_QUICK_ONE)
    for variant, (_, _, ends, first) in shown.items():
        for seed in range(2):
            result = run(RunSpec(A_QUICK_ONE, seed=seed, settings={"variant": variant}))
            assert isinstance(result, StoryResult)
            least, most = numbers(ends)[0], numbers(ends)[-1]
            assert least <= result.damage.amount <= most, (variant, seed)
            assert seed or result.damage.amount == numbers(first)[0], variant


def test_a_number_that_is_far_off_and_a_word_that_changed_are_seen() -> None:
    """Or no page would ever be found to be old."""
    assert alike("20 of 20, mean 1,000.5 (900 to 1,100)", "20 of 20, mean 1,001 (900 to 1,100)")
    assert not alike("mean 100", "mean 110")
    assert not alike("20 of 20", "19 of 20")
    assert not alike("kept 5", "broken 5")
    assert not alike("5", "5, 6")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_over_twenty_seeds_each_verdict_is_the_expected_one_and_has_its_damage(name: str) -> None:
    """Broken and half-fixed, whatever part the half-fix lacks, do damage in each run; fixed does none; as shown."""
    story = stories.load(name)
    found = summed_up(story, by_kind(run_plans(map(resolve, specs_of(story, SEEDS))))[1])
    assert found.unexpected == []
    assert found.disagreeing == []
    again = figures_part(found, f"gateway-sim stories {name} --seeds {SEEDS}")
    assert alike(again, part_of(name, "figures").partition("\n")[2].rpartition("\n")[0]), again
