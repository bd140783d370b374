"""`explore STORY`: the seeds of a story, in the variant fixed, with parts of the user's own."""

import json

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.orchestration.parts import PartRefused
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.search.explore.explored import explore_seed
from gateway_sim.scenarios.search.explore.search_config import SearchConfig
from gateway_sim.scenarios.search.explore.story_search import StorySearch, search_of
from gateway_sim.scenarios.sim.errors import SettingsRefused
from tests.scenarios.orchestration.parts.lax_registry import PART, Lax

HERE = "tests.scenarios.search.explore.test_story_search"


def explored(capsys, *words: str, status: int) -> str:
    """Explore, and return what is printed."""
    with pytest.raises(SystemExit) as ended:
        main(["explore", *words, "--jobs", "1"])
    assert ended.value.code == status
    return capsys.readouterr().out


def test_the_seeds_of_a_fix_are_played(capsys):
    """Each is kept; its document has no pairing, and no fault was drawn."""
    told = json.loads(explored(capsys, "cleared-run", "--seeds", "2", "--first", "3", "--json", status=0))
    assert (told["kept"], told["broken"], told["client"], told["faults"]) == (2, 0, "-", {})
    assert told["smallest"] is None


def test_a_part_that_breaks_is_found_with_the_line_that_plays_it_again(capsys):
    """The first seed that broke."""
    out = explored(capsys, "promotion-race", "--seeds", "1", "--part", f"registry={PART}", status=1)
    assert "the best version is tagged" in out
    assert out.splitlines()[-1] == (
        f"gateway-sim run promotion-race --part registry={PART} --set variant=fixed --seed 0"
    )


def test_a_seed_is_the_run_of_that_seed():
    """With its digest; played twice it is the same."""
    search = StorySearch("promotion-race", {"variant": "broken"})
    one = explore_seed(search, 1, twice=True)
    assert (one.verdict, one.diverged) == ("broken", None)
    assert one.digest == run(search.spec(1)).digest


def test_a_part_that_raises_proves_nothing():
    """The seed says so, and the others are still played."""
    one = explore_seed(StorySearch("promotion-race", {}, {"registry": f"{HERE}:raising"}), 0)
    assert (one.verdict, one.outcome) == ("not_exercised", "crashed")
    assert "full" in str(one.crashed)


def test_an_outcome_that_ends_a_story_is_its_sentence():
    """A gate that no day passes: one of the story's tasks raised it, so that it came in a group."""
    settings = {"variant": "half-fixed", "asks_every_s": "7200", "due_s": "114660", "late_s": "5400", "lists": "4"}
    one = explore_seed(StorySearch("backfill-turns-green", settings), 15)
    assert str(one.crashed).startswith("day-2 of feedback never passed its gate: ")


def raising(sandbox, *, model):
    """Make a registry that takes no version."""
    part = Lax(sandbox, model=model)

    def full(version: object) -> None:
        raise RuntimeError("the disk is full")

    part.register = full
    return part


@pytest.mark.parametrize(
    ("search", "parts", "error", "says"),
    [
        (SearchConfig("fresh-route"), {"registry": "x"}, SettingsRefused, "fresh-route is a race; --part"),
        (SearchConfig(), {"registry": "x"}, SettingsRefused, "a drawn world is none of a story"),
        (SearchConfig("promotion-race", client="exactly-once"), {}, SettingsRefused, "--client exactly-once means"),
        (SearchConfig("promotion-race", balance="per-request"), {}, SettingsRefused, "--balance per-request means"),
        (SearchConfig("promotion-race", settings={"stale": "1"}), {}, SettingsRefused, "stale"),
        (SearchConfig("promotion-race"), {"limit": "x"}, PartRefused, "it takes registry"),
    ],
)
def test_what_does_not_fit_is_refused_before_any_work(search, parts, error, says):
    """Each with the word that does not."""
    with pytest.raises((error, ValueError)) as refused:
        search_of(search, parts).check()
    assert says in str(refused.value)
