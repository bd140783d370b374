"""An old name works for one release, wherever it can be typed or read, and says its new one once."""

import dataclasses
import json
from pathlib import Path
from typing import get_args

import pytest
from typer.main import get_command

from gateway_sim import events as gateway_events
from gateway_sim.client.retry_policies import ExactlyOnce
from gateway_sim.legs import Leg
from gateway_sim.scenarios import races
from gateway_sim.scenarios.apps.cli import app, main
from gateway_sim.scenarios.apps.cli.catalogue import catalogue
from gateway_sim.scenarios.apps.pytest_plugin import names_a_race
from gateway_sim.scenarios.apps.pytest_plugin.worlds import worlds
from gateway_sim.scenarios.apps.serve import metrics
from gateway_sim.scenarios.compare.tournament import specs
from gateway_sim.scenarios.judge.verdict import Broken
from gateway_sim.scenarios.orchestration import stories
from gateway_sim.scenarios.run.plans import race_plan, resolve
from gateway_sim.scenarios.run.spec import RunSpec
from gateway_sim.scenarios.search import mutations
from gateway_sim.scenarios.search.explore.generated_case import GeneratedCase
from gateway_sim.scenarios.search.explore.replay_file import Replay, read_replay, write_replay
from gateway_sim.scenarios.search.explore.search_config import SearchConfig
from gateway_sim.scenarios.sim import events, registry, renamed
from gateway_sim.scenarios.sim.errors import UnknownWord, check
from gateway_sim.scenarios.sim.events import JobDeleted
from gateway_sim.scenarios.sim.renamed import RENAMED, current, formerly
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.policies import client_policies

SAID = "gateway-sim: {} is now called {}; the old name works until 0.3\n"


@pytest.fixture(autouse=True)
def unsaid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin each test as a process in which nothing was said."""
    monkeypatch.setattr(renamed, "_said", set())


def known(kind: str) -> set[str]:
    """Return the names of a kind that exist."""
    promises = [
        *registry.names("gateway_sim.scenarios.judge.promises"),
        *registry.names("gateway_sim.scenarios.orchestration.promises"),
    ]
    settings = [stories.load(name).settings for name in stories.names()]
    return {
        "race": set(races.names()),
        "setting": {f.name for one in [*settings, *client_policies().values()] for f in dataclasses.fields(one)},
        "mutation": set(mutations.names()),
        "promise": {name.replace("-", " ") for name in promises},
        "event": {*vars(events), *vars(gateway_events)},
        "leg": set(get_args(Leg)),
        "metric": {name for name, _, _ in metrics.COUNTED.values()},
        "option": {word for one in get_command(app).commands.values() for p in one.params for word in p.opts},
    }[kind]


@pytest.mark.parametrize("kind", RENAMED)
def test_the_new_names_exist_and_the_old_ones_do_not(kind: str) -> None:
    """An entry that is wrong would send its reader nowhere."""
    assert set(RENAMED[kind].values()) <= known(kind)
    assert not set(RENAMED[kind]) & known(kind)


@pytest.mark.parametrize(("kind", "old", "new"), [(kind, *pair) for kind in RENAMED for pair in RENAMED[kind].items()])
def test_an_old_name_is_told_once(kind: str, old: str, new: str, capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr, however often it is used; the new name carries the old one in documents."""
    assert [check(kind, old, [new]), current(kind, old)] == [new, new]
    assert capsys.readouterr().err == SAID.format(old, new)
    assert formerly(kind, new) == {"formerly": old}


def test_a_name_that_exists_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Also one that was given to something new, and one whose new name is unknown here."""
    assert check("race", "strangers-door", ["strangers-door", "reused-address"]) == "strangers-door"
    with pytest.raises(UnknownWord, match="'strangers-door'"):
        check("race", "strangers-door", ["healthy"])
    assert formerly("race", "healthy") == {}
    assert not capsys.readouterr().err


def test_a_run_of_an_old_race_goes_by_its_new_name(capsys: pytest.CaptureFixture[str]) -> None:
    """In its result, its digest and its replay line."""
    plan = resolve(RunSpec("applied-but-unheard"))
    assert plan.spec == resolve(RunSpec("lost-reply-then-404")).spec
    assert capsys.readouterr().err == SAID.format("applied-but-unheard", "lost-reply-then-404")


def test_an_old_setting_goes_by_its_new_name(capsys: pytest.CaptureFixture[str]) -> None:
    """In a story's settings and in its document."""
    plan = resolve(RunSpec("preempt-resume", settings={"variant": "half-fixed", "lacks": "rng"}))
    assert plan.spec.settings == {"variant": "half-fixed", "omits": "rng"}
    assert plan.settings.omits == "rng"  # type: ignore[attr-defined]
    assert capsys.readouterr().err == SAID.format("lacks", "omits")


def test_an_old_setting_of_a_policy_goes_by_its_new_name(capsys: pytest.CaptureFixture[str]) -> None:
    """In the policy and in the replay line."""
    plan = race_plan(RunSpec("healthy", "exactly-once", settings={"wary_s": "5", "cover_s": "8"}))
    assert plan.pairing.client == ExactlyOnce(fresh_after_refusal_s=5.0, warm_replicas_longest_s=8.0)
    assert "fresh_after_refusal_s=5" in plan.spec.replay
    told = SAID.format("wary_s", "fresh_after_refusal_s") + SAID.format("cover_s", "warm_replicas_longest_s")
    assert capsys.readouterr().err == told


def test_a_selection_of_races_takes_an_old_name() -> None:
    """As the tournament and the pytest mark select them."""
    assert {spec.race for spec in specs(1, ["strangers-door"])} == {"reused-address"}
    assert worlds([(("strangers-door",), {})])[0].plan.spec.race == "reused-address"
    assert names_a_race("strangers-door")
    assert not names_a_race("stranger")


def test_a_replay_file_of_the_last_release_is_read(tmp_path: Path) -> None:
    """Its race and its promise have their new names."""
    world = GeneratedCase(0, "reused-address", "per-connection", races.load("reused-address").settings)
    told = world.document() | {"race": "strangers-door"}
    assert GeneratedCase.read(told) == world
    file = tmp_path / "old.json"
    write_replay(file, Replay(SearchConfig("reused-address"), world, "broken", "nobody spins", "0" * 16))
    assert read_replay(file).promise == "no busy polling"


def test_documents_carry_the_old_name_beside_the_new_one() -> None:
    """A trace's line, a violation, an entry of the list; nothing is added to what kept its name."""
    trace = Trace()
    trace.emitter("world")(JobDeleted("job"))
    _, line = map(json.loads, trace.json_lines().splitlines())
    assert (line["event"], line["formerly"], line["job"]) == ("JobDeleted", "JobGone", "job")
    assert Broken("no busy polling", "too fast", 1.0).document()["formerly"] == "nobody spins"
    assert "formerly" not in Broken("the run finishes", "it died", 1.0).document()
    shelves = catalogue()
    listed = {entry["name"]: entry.get("formerly") for shelf in shelves.values() for entry in shelf}
    assert listed["ready-means-routable"] == "readiness-is-no-lie"
    assert listed["reused-address"] == "strangers-door"
    assert listed["dispatches-unordered"] == "no-turns-taken"
    assert listed["healthy"] is None


@pytest.mark.parametrize("words", [("--desk", "http://127.0.0.1:9"), ("--desk=http://127.0.0.1:9",)])
def test_an_old_option_is_taken(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """With its value behind a space or an equals sign."""
    with pytest.raises(SystemExit):
        main(["fault", *words])
    told = capsys.readouterr().err
    assert SAID.format("--desk", "--admin") in told
    assert "no admin interface answers at http://127.0.0.1:9" in " ".join(told.replace("│", " ").split())
