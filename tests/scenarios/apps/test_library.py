"""`import gateway_sim`: what a user's own script or test calls."""

import subprocess
import sys
from pathlib import Path

import pytest

import gateway_sim
from gateway_sim import SettingsRefused, UnknownWord
from gateway_sim.scenarios.engines.virtual.engine import VirtualEngine
from gateway_sim.scenarios.races import TRAINING, connect_at_once
from tests.scenarios.sim.test_plugins import POLICY, RACE, Write, write

__all__ = ["write"]


def test_the_import_is_light() -> None:
    """No torch, no moto, no FastAPI, no pydantic: a project that only names us pays nothing."""
    asked = "import sys, gateway_sim; print({'torch', 'moto', 'fastapi', 'pydantic', 'boto3'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"


@pytest.mark.parametrize("name", gateway_sim.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """Each is loaded at first use."""
    assert getattr(gateway_sim, name) is not None
    assert name in dir(gateway_sim)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = gateway_sim.nothing  # type: ignore[attr-defined]


def test_a_race_is_run_in_the_words_of_the_command_line() -> None:
    """By name, with policies and settings; the result replays it."""
    assert gateway_sim.run("fresh-route").verdict == "broken"
    kept = gateway_sim.run("fresh-route", gateway="route-not-ready", settings={"retry_after_s": 1.0, "lag_s": 3})
    assert kept.verdict == "kept"
    assert "--set retry_after_s=1.0 --set lag_s=3" in kept.replay


def test_a_race_may_be_an_object_of_the_callers() -> None:
    """A test can describe its world without a file."""
    race = gateway_sim.Race(
        name="mine",
        summary="two stale replicas",
        origin="this test",
        settings=gateway_sim.Settings(stale=2, lag_s=4.0),
        promises=TRAINING,
        must_reach=[],
        expected=lambda pairing: "kept",
        play=connect_at_once,
        source="this test",
    )
    assert gateway_sim.run(race).verdict == "broken"
    assert gateway_sim.run(race, client="exactly-once").as_expected


def test_a_wrong_word_is_told_before_anything_runs() -> None:
    """With the nearest valid name."""
    with pytest.raises(UnknownWord, match="did you mean fresh-route"):
        gateway_sim.run("fresh-rout")
    with pytest.raises(UnknownWord, match="no setting is called 'no_such_setting'"):
        gateway_sim.run("fresh-route", settings={"no_such_setting": 1})
    with pytest.raises(SettingsRefused, match="lag_s"):
        gateway_sim.run("fresh-route", settings={"lag_s": -1})


def test_a_users_race_is_verified_with_a_users_policy_and_explored(write: Write) -> None:
    """Its own file under every client and gateway, ours and theirs; drawn worlds around it."""
    path = write("races/my_race.py", RACE)
    write("gateway_policies/later.py", POLICY.format(name="later"))
    found = gateway_sim.verify("my-race", jobs=1)
    assert found.held
    assert {result.gateway for result in found.raced} == {"not-found", "leased-generation", "later"}
    assert f"--plugins {path.parents[1]}" in found.results[0].replay
    explored = gateway_sim.explore("my-race", gateway="later", seeds=3, jobs=1)
    assert explored.explored == 3


def test_a_users_policy_is_not_judged_by_what_no_one_measured(write: Write) -> None:
    """In a race of ours its verdict is shown, and has no expectation, unless the policy states it."""
    write("gateway_policies/later.py", POLICY.format(name="later"))
    stated = POLICY.format(name="stated") + '\n    def expected(self, race, pairing):\n        return "kept"\n'
    write("gateway_policies/stated.py", stated)
    assert gateway_sim.run("fresh-route", gateway="later").expected is None
    assert gateway_sim.run("fresh-route", gateway="stated").expected == "kept"
    raced = gateway_sim.verify("fresh-route", jobs=1).raced
    assert "stated" in {result.gateway for result in raced}
    assert "later" not in {result.gateway for result in raced}


def test_a_verification_is_kept_and_not_played_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `store=`; a search too."""
    pytest.importorskip("pyarrow", reason="the extra store is not installed")
    found = gateway_sim.verify("late-delete", jobs=1, store=tmp_path / "verified")
    explored = gateway_sim.explore("fresh-route", seeds=2, jobs=1, store=str(tmp_path / "explored"))
    monkeypatch.setattr(VirtualEngine, "__init__", None)
    assert gateway_sim.verify("late-delete", jobs=1, store=tmp_path / "verified") == found
    again = gateway_sim.explore("fresh-route", seeds=2, jobs=1, store=str(tmp_path / "explored"))
    assert again.document() == explored.document()


def test_the_version_is_the_installed_ones() -> None:
    """And the command line says it."""
    ended = subprocess.run(
        [sys.executable, "-m", "gateway_sim", "--version"], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert ended.stdout.strip() == f"gateway-sim {gateway_sim.__version__}"
