"""The sentences that close a verification."""

import dataclasses

import pytest
from rich.console import Console

from gateway_sim.scenarios.compare.recommendation import Loss, Recommendation
from gateway_sim.scenarios.report.answer import answer, sentences, verdict_sentence
from gateway_sim.scenarios.run.result import RunResult
from gateway_sim.scenarios.run.runner import run
from gateway_sim.scenarios.run.spec import RunSpec

ZOMBIE = Loss("zombie-pod", "plain", "leased-generation", "crashed", "gateway-sim run zombie-pod --seed 3")
SHIPPED = Recommendation("leased-generation", "exactly-once", 37, [], [ZOMBIE], [], [ZOMBIE])


@pytest.fixture(scope="module")
def runs() -> list[RunResult]:
    """A race that breaks as it should, and one that is kept."""
    return [run(RunSpec("fresh-route")), run(RunSpec("healthy"))]


def shown(runs: list[RunResult], shipped: Recommendation | None = None, of: int | None = None) -> list[str]:
    """Return the lines on a wide screen."""
    console = Console(width=200)
    with console.capture() as captured:
        console.print(answer(runs, shipped, of=of))
    return captured.get().splitlines()


def test_all_as_expected_is_said_in_words(runs: list[RunResult]) -> None:
    """And that some fail on purpose."""
    assert verdict_sentence(runs).startswith("All 2 runs in ")
    assert verdict_sentence(runs).endswith("went as expected; 1 of them fail, as they should without a fix that holds.")


def test_what_did_not_go_as_expected_is_named_with_the_line_that_replays_it(runs: list[RunResult]) -> None:
    """A race that stopped reproducing."""
    wrong = [dataclasses.replace(runs[0], verdict="kept", violations=[]), runs[1]]
    first, named, replay, *_ = shown(wrong)
    assert first.startswith("1 of 2 runs in ")
    assert first.endswith("did not go as expected:")
    assert named == "  fresh-route: kept, expected broken: every promise was kept"
    assert replay.strip() == runs[0].replay


def test_what_to_ship_and_what_each_alone_still_loses() -> None:
    """Four sentences, in the order in which they are asked."""
    assert list(sentences(SHIPPED)) == [
        "Ship: leased-generation (gateway) with exactly-once (client). Every promise is kept in all 37 races.",
        "leased-generation alone, with today's client: 1 of 37 races lost: zombie-pod (crashed).",
        "exactly-once alone, behind today's gateway: Every promise is kept in all 37 races.",
        "Today, with neither: 1 of 37 races lost.",
    ]


def test_the_run_to_look_at_is_one_that_the_gateway_alone_loses(runs: list[RunResult]) -> None:
    """The most telling one of a verification."""
    assert shown(runs, SHIPPED)[-1].strip() == ZOMBIE.look


def test_stopped_runs_recommend_nothing(runs: list[RunResult]) -> None:
    """Nor do they say which to look at: the list has gaps."""
    (line,) = shown(runs, SHIPPED, of=9)
    assert line.startswith("Stopped after 2 of 9 runs. ")
    assert shown([], of=9) == ["Stopped after 0 of 9 runs. Nothing was played."]


def test_scenarios_of_orchestration_have_a_sentence() -> None:
    """Of their fixed variants; one that breaks is named."""
    fixed = run(RunSpec("promotion-race", settings={"variant": "fixed"}))
    assert "Orchestration, fixed: 1 of 1 scenarios keep every promise." in shown([fixed])
    broken = dataclasses.replace(fixed, verdict="broken")
    assert "Orchestration, fixed: 0 of 1 scenarios keep every promise; not promotion-race." in shown([broken])
