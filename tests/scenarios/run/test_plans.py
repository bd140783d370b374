"""A race and a story are planned, played and judged alike; each has fields that the other does not have."""

import pickle

import pytest

from gateway_sim.scenarios.judge.damage import Damage
from gateway_sim.scenarios.run.plans import Plan, race_plan, resolve, story_plan, variants
from gateway_sim.scenarios.run.result import OF_A_RACE, RaceResult, RunResult, StoryResult, by_kind
from gateway_sim.scenarios.run.runner import run, run_plan
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.sim.errors import SettingsRefused, UnknownWord
from gateway_sim.scenarios.sim.trace import Trace


@pytest.fixture(scope="module")
def raced() -> RunResult:
    """Give the result of a race."""
    return run_plan(resolve(RunSpec("healthy", gateway="leased-generation", settings={"steps": "1"})))


@pytest.fixture(scope="module")
def staged() -> RunResult:
    """Give the result of a story."""
    return run_plan(resolve(RunSpec("promotion-race")))


def test_both_are_plans() -> None:
    """With promises, the events that they must reach, and an expectation."""
    for spec, expected in ((RunSpec("healthy"), "kept"), (RunSpec("promotion-race"), "broken")):
        plan = resolve(spec)
        assert isinstance(plan, Plan)
        assert plan.promises
        assert plan.must_reach
        assert plan.expected == expected
    assert resolve(RunSpec("healthy", settings={"lag_s": "9"})).expected is None
    # also of a policy: only the gateways of the tables, and the defaults, were measured
    measured = RunSpec("healthy", gateway="route-not-ready", settings={"retry_after_s": "1", "hold_poll_s": "1"})
    assert resolve(measured).expected == "kept"
    for gateway, client, words in (
        ("route-not-ready", "plain", {"retry_after_s": "5"}),
        ("hold", "plain", {"longest_s": "1"}),
        ("not-found", "exactly-once", {"patience_s": "1"}),
    ):
        assert resolve(RunSpec("healthy", client, gateway, settings=words)).expected is None
    with pytest.raises(UnknownWord, match="no race or scenario is called 'promotion-rac'; did you mean promotion-race"):
        resolve(RunSpec("promotion-rac"))


def test_an_empty_trace_is_judged_not_exercised() -> None:
    """A race without a run proves nothing."""
    result = race_plan(RunSpec("healthy")).judge(Trace(), 0.5)
    assert (result.verdict, result.outcome, result.metrics.wall_s) == ("not_exercised", "hung", 0.5)


def test_a_result_travels_between_processes(raced: RunResult, staged: RunResult) -> None:
    """Results of races and stories are pickled without a loss."""
    assert pickle.loads(pickle.dumps([raced, staged])) == [raced, staged]
    assert by_kind([staged, raced]) == ([raced], [staged])


def test_a_story_has_no_words_of_a_race(raced: RunResult, staged: RunResult) -> None:
    """Its result has no such attributes; its document has them for one release, with a dash."""
    assert isinstance(raced, RaceResult)
    assert isinstance(staged, StoryResult)
    assert not [word for word in OF_A_RACE if hasattr(staged, word)]
    assert not hasattr(raced, "damage")
    assert {staged.document()[word] for word in OF_A_RACE} == {"-"}
    assert [raced.document()[word] for word in OF_A_RACE] == [
        "plain", "leased-generation", "tinker-0.15", "per-connection", "client"
    ]  # fmt: skip
    assert set(raced.document()) == set(staged.document()) - {"damage"}


def test_a_storys_damage_is_among_its_metrics(staged: RunResult) -> None:
    """As a number with its unit and figures, and as a sentence."""
    assert isinstance(staged, StoryResult)
    damage, told = staged.damage, staged.document()
    assert isinstance(damage, Damage)
    assert told["damage"] == damage.sentence
    assert told["metrics"]["damage"] == damage.amount
    assert told["metrics"]["damage_unit"] == damage.unit
    assert set(damage.figures) <= set(told["metrics"])
    assert staged.name == "variant=broken, seed 0"
    assert staged.replay == "gateway-sim run promotion-race --set variant=broken --seed 0"


def test_a_story_takes_no_option_of_a_race() -> None:
    """Each is named; its variants differ in one setting."""
    with pytest.raises(SettingsRefused, match="promotion-race has no gateway in it, so --balance per-request means"):
        story_plan(RunSpec("promotion-race", balance="per-request"))
    assert [plan.settings.variant for plan in variants(RunSpec("promotion-race"))] == ["broken", "half-fixed", "fixed"]


def test_a_group_of_clients_intends_the_steps_of_each() -> None:
    """64 of 64, not 64 of 1; the same figure stands under a timeline."""
    result = run(RunSpec("thundering-herd", client="exactly-once"))
    assert (result.metrics.steps_intended, result.metrics.steps_applied) == (64, 64)


def test_a_preempted_job_counts_wrong_samples_in_one_way() -> None:
    """The sentence of the damage and that of the promise have the same two numbers."""
    result = run(RunSpec("preempt-resume", settings={"variant": "half-fixed"}))
    said = next(one.message for one in result.violations if one.promise == "every sample is trained once")
    assert said == "16 samples were trained once too often and 16 never"
    assert "samples trained once too often: 16, samples never trained: 16" in result.remark
