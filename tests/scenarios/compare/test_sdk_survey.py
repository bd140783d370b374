"""The survey of the real SDKs: what is played, how shares and endings are counted, and its page."""

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.compare.sdk_survey import specs, summaries
from gateway_sim.scenarios.compare.tournament import Score, play
from gateway_sim.scenarios.report.sdk_survey import race_tables, survey_markdown, survey_table
from gateway_sim.scenarios.run.matrix import GATEWAYS
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.world.policies import BALANCES


@pytest.fixture(scope="module")
def found() -> list[Score]:
    """Return scores of this project's own client, which behaves as two SDKs do."""
    return [
        play(RunSpec(race, gateway=gateway, sdk=sdk, seed=seed))
        for sdk in ("tinker-0.15", "fireworks-1.2")
        for race in ("poll-404", "job-deleted")
        for gateway in ("not-found", "leased-generation")
        for seed in range(2)
    ]


def test_each_sdk_plays_each_race_that_it_can_follow_behind_both_balancers() -> None:
    """The SDK itself, without a client policy, and every gateway of the tournament."""
    planned = specs(["tinker-0.15", "tinker-0.38"], 2, ["fresh-route", "thundering-herd"])
    assert {spec.race for spec in planned} == {"fresh-route"}
    assert {(spec.driver, spec.client) for spec in planned} == {("sdk", "plain")}
    assert len(planned) == 2 * len(GATEWAYS) * len(BALANCES) * 2


def test_a_summary_counts_what_finished_and_how_the_others_ended(found: list[Score]) -> None:
    """A deleted job cannot finish, so its runs are left out."""
    by_pair = {(one.sdk, one.gateway): one for one in summaries(found)}
    lost, kept = by_pair["tinker-0.15", "not-found"], by_pair["tinker-0.15", "leased-generation"]
    assert (lost.finished, lost.runs, lost.endings) == (0, 2, {"ValueError": 2})
    assert (kept.finished, kept.runs, kept.endings) == (2, 2, {})
    # z² / (n + z²) of 95 %, the end of Wilson's interval of none or all of n runs
    assert (lost.low, lost.high) == (0.0, pytest.approx(3.8415 / 5.8415, abs=1e-4))
    assert (kept.low, kept.high) == (pytest.approx(2 / 5.8415, abs=1e-4), 1.0)
    assert by_pair["fireworks-1.2", "not-found"].endings == {"ValueError": 2}


def test_the_tables_name_each_sdk_gateway_and_race(found: list[Score]) -> None:
    """Every row and column has its count."""
    page = survey_markdown("the command", {}, found)
    assert "| tinker-0.15 | not-found | 0/2 |" in page
    assert "| poll-404 | 0/2 | 2/2 |" in page
    assert "| job-deleted (its job ends) | 0/2 | 0/2 |" in page
    assert [table.caption for table in race_tables(found)] == ["tinker-0.15", "fireworks-1.2"]
    assert len(survey_table(summaries(found)).rows) == 4


def test_without_an_sdk_the_survey_says_how_to_install_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    """Before any run."""
    monkeypatch.setenv("GATEWAY_SIM_SDKS", str(tmp_path))
    with pytest.raises(SystemExit) as left:
        main(["sdk", "survey", "--seeds", "1"])
    assert left.value.code == 2
    assert "gateway-sim sdk install all" in capsys.readouterr().err
