"""`gateway-sim verify`: the main job, its document, its exit status and its report."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gateway_sim.scenarios import races
from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.orchestration.stories import preempt_resume
from gateway_sim.scenarios.run import matrix
from gateway_sim.scenarios.run.spec import RunSpec


def call(*words: str) -> int:
    """Call the command line and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a verification have two races only, one pair each."""
    specs = [RunSpec("fresh-route"), RunSpec("healthy", client="warmup-verified")]
    monkeypatch.setattr(matrix, "specs", lambda seeds, **words: iter(specs * seeds))
    monkeypatch.setattr(matrix, "story_specs", lambda seeds, **words: [])


def test_every_race_meets_every_pair() -> None:
    """A race that is added is verified without a list being edited."""
    specs = list(matrix.specs(1, full=True))
    assert {spec.race for spec in specs} == set(races.names())
    pairs = {(s.client, s.gateway, tuple(s.settings.items()), s.balance) for s in specs}
    assert len(specs) == len(pairs) * len(races.names())
    assert len(list(matrix.specs(3, full=True))) == 3 * len(specs)


def test_a_quick_verification_leaves_no_race_out() -> None:
    """Without --full some races meet fewer pairs, but each is played, under every client."""
    specs = list(matrix.specs(1))
    assert {spec.race for spec in specs} == set(races.names())
    for race in races.names():
        assert {spec.client for spec in specs if spec.race == race} == set(matrix.CLIENTS)


@pytest.mark.usefixtures("few")
def test_as_expected_is_exit_status_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two runs as expected, one of them broken on purpose: 0, a document, a JUnit report without failures."""
    report = tmp_path / "verify.xml"
    assert call("verify", "--json", "--junit", str(report)) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["unexpected"] == 0
    assert [run["verdict"] for run in document["runs"]] == ["broken", "kept"]
    suite = ElementTree.parse(report).getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("2", "0")


@pytest.mark.usefixtures("few")
def test_a_race_that_stops_reproducing_is_red(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A gateway that quietly answers misses from its upstream would make the race vanish; verify must say so."""
    from gateway_sim.replicas import Fresh
    from gateway_sim.scenarios.world import replicas

    monkeypatch.setattr(replicas, "Lagging", lambda lag: Fresh())
    report = tmp_path / "verify.xml"
    assert call("verify", "--json", "--junit", str(report)) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["unexpected"] == 1
    assert document["runs"][0]["verdict"] == "not_exercised"
    failure = ElementTree.parse(report).getroot().find("testcase/failure")
    assert failure is not None
    assert "gateway-sim run fresh-route" in (failure.text or "")


@pytest.mark.usefixtures("few")
def test_the_tables_are_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """The terminal shows the races, the PR's own table and the count, each line within 80 columns."""
    assert call("verify") == 0
    shown = capsys.readouterr().out
    assert "✗ crashed" in shown
    assert "PR 348 says of #348" in shown
    assert "2 runs in" in shown
    assert max(len(line.rstrip()) for line in shown.splitlines()) <= 80


@pytest.mark.slow
@pytest.mark.usefixtures("few")
def test_scenarios_of_orchestration_have_a_table_of_their_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A row a scenario and what it was set to, its damage in each variant; a fix that stops holding is red."""
    family = [RunSpec("preempt-resume", settings={"variant": name}) for name in ("broken", "half-fixed", "fixed")]
    family.append(RunSpec("preempt-resume", settings={"variant": "half-fixed", "omits": "rng"}))
    monkeypatch.setattr(matrix, "story_specs", lambda seeds, **words: family)
    assert call("verify") == 0
    shown = capsys.readouterr().out
    assert "preempt-resume" in shown
    assert "✓ 0" in shown
    assert "preempt-resume omits=rng" in shown
    assert max(len(line.rstrip()) for line in shown.splitlines()) <= 80
    monkeypatch.setattr(preempt_resume, "promises", [])
    assert call("verify", "--json", "--jobs", "1") == 1
    document = json.loads(capsys.readouterr().out)
    assert document["unexpected"] == 3
    assert [run["metrics"]["damage_unit"] for run in document["runs"][2:]] == ["steps and samples lost or wrong"] * 4


def test_a_report_that_cannot_be_written_is_refused_before_anything_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong folder costs no 10 seconds."""
    assert call("verify", "--junit", "no/such/folder/report.xml") == 2
    assert "there is no folder" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("race", races.names())
def test_every_expectation_is_what_is_measured(race: str) -> None:
    """No hope survives here: each pair's verdict is the one its race names."""
    from gateway_sim.scenarios.run.runner import run

    for spec in matrix.specs(1):
        if spec.race == race:
            result = run(spec)
            assert result.as_expected, (result.replay, result.violations)
            assert result.expected is not None
