"""`gateway-sim explain`: every name that is listed has its meaning, a line that is right to type, and a page."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.apps.cli.catalogue import catalogue
from gateway_sim.scenarios.apps.cli.explanations import KIND_OF, explanations
from gateway_sim.scenarios.apps.cli.setting_names import every_setting
from gateway_sim.scenarios.orchestration import parts, ports, stories
from gateway_sim.scenarios.orchestration.fleets.settings import FleetSettings
from gateway_sim.scenarios.sim import registry
from gateway_sim.scenarios.sim.errors import UnknownWord, UsageError
from gateway_sim.scenarios.sim.plugins import KINDS
from gateway_sim.scenarios.world.setting_words import apply_settings
from tests.docs.test_references import anchors

ROOT = Path(__file__).parents[4]
NAMES = [(shelf, entry["name"]) for shelf, entries in catalogue().items() for entry in entries]
SETTINGS = [("settings", one.name) for one in every_setting()]


def call(*words: str) -> int:
    """Call the command line and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.slow
def test_every_name_is_explained() -> None:
    """What it is, with a line to type, and pages and headings that are there; also the settings of scenarios."""
    for shelf, name in dict.fromkeys([*NAMES, *SETTINGS]):
        found = [one for one in explanations(name) if one.kind == KIND_OF[shelf]]
        assert found, (shelf, name)
        for one in found:
            assert len(one.summary.split()) > 2, (name, one)
            assert one.example.startswith("gateway-sim "), (name, one)
            for page in one.pages:
                file, _, heading = page.partition(" ")[0].partition("#")
                assert not heading or heading in anchors(ROOT / file), (name, page)
                assert (ROOT / file).is_file(), (name, page)


def test_every_setting_has_a_sentence_of_its_own_record() -> None:
    """A setting that its docstring does not name is not documented anywhere."""
    assert [one for one in every_setting() if f"`{one.name}`" not in one.meaning] == []


def plans(example: str) -> Any:
    """Return the plan of a line, which raises an error for words that are off."""
    from gateway_sim.scenarios.run.plans import resolve
    from gateway_sim.scenarios.run.spec import RunSpec

    _, command, race, *options = example.split()
    if command == "fleet":
        return apply_settings(dict([options[-1].split("=")]), FleetSettings())
    if command == "contract":
        return race in ports.names() and all(name in parts.names(race) for name in options[1:])
    assert command == "run"
    given: dict[str, Any] = {}
    words: dict[str, str] = {}
    for option, value in zip(options[::2], options[1::2], strict=True):
        if option == "--set":
            name, _, said = value.partition("=")
            words[name] = said
        elif option != "--html":
            given[option.removeprefix("--")] = value
    return resolve(RunSpec(race, **given, settings=words))


@pytest.mark.slow
@pytest.mark.parametrize("shelf", [shelf for shelf in KIND_OF if shelf not in ("faults", "mutations")])
def test_the_line_to_type_is_accepted(shelf: str) -> None:
    """Its race or scenario, its policies and its settings are known."""
    names = [name for of, name in [*NAMES, *SETTINGS] if of == shelf]
    for name in dict.fromkeys(names):
        for one in explanations(name):
            if one.kind == KIND_OF[shelf] and one.name != "device":
                assert plans(one.example), one


@pytest.mark.slow
def test_a_faults_line_has_every_word_that_it_requires() -> None:
    """With a value that its kind takes, and the word is in the table of its settings."""
    for name, kind in registry.classes(KINDS["faults"]).items():
        (fault,) = [one for one in explanations(name) if one.kind == KIND_OF["faults"]]
        words = dict(word.split("=") for word in fault.example.split()[3:] if word != "--set")
        assert kind(**{word: value if word == "route" else float(value) for word, value in words.items()})
        required = [field.name for field in dataclasses.fields(kind) if field.default is dataclasses.MISSING]
        assert [one.name for one in fault.settings if one.default == "required"] == required == list(words)


def test_a_setting_is_shown_with_another_value_than_its_default() -> None:
    """The line would otherwise show nothing; but for a word that may be any, such as a folder."""
    same = [one for one in every_setting() if one.example.endswith(f"={one.default}")]
    assert {one.unit for one in same} <= {"word"}
    own = {"shapes", "mix", "traces", "audits", "vacuums", "preemptions", "job_begins"}
    assert {one.name for one in same} <= own


def test_a_gateway_is_explained_by_its_name_in_the_tables() -> None:
    """The plus sign stands for settings."""
    (one,) = explanations("route-not-ready+")
    assert (one.name, one.kind) == ("route-not-ready+", "a gateway policy")
    assert one.why.startswith("route-not-ready+ is route-not-ready with --set retry_after_s=1 --set hold_poll_s=1. ")
    assert plans(one.example)


def test_a_promise_is_found_as_a_verdict_writes_it(capsys: pytest.CaptureFixture[str]) -> None:
    """With spaces; and a renamed one under its old name."""
    assert call("explain", "no busy polling", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "gateway-sim/explain/1"
    assert [(one["name"], one["kind"]) for one in told["meanings"]] == [("no-busy-polling", "a promise")]
    assert explanations("nobody spins")[0].name == "no-busy-polling"
    assert explanations("strangers-door")[0].name == "reused-address"


def test_a_setting_says_who_heeds_it_and_where_it_is_changed() -> None:
    """Every thing that has one of this name: races, and a scenario."""
    races, scenario = explanations("lag_s=4")
    assert "every race" in races.why
    assert "fresh-route" in races.why
    assert (races.settings[0].unit, races.settings[0].range) == ("seconds", "0 or more")
    assert scenario.why == "Heeded by scenario consolidation-opens-the-race."
    (held,) = [one for one in explanations("hold_poll_s") if "route-not-ready" in one.why]
    assert (held.settings[0].default, held.settings[0].range) == ("none", "0 to below 40")


def test_settings_that_mean_the_same_are_said_once() -> None:
    """The variant of every scenario; a limit is another thing in each scenario, and a port."""
    (variant,) = explanations("variant")
    assert variant.why.count("scenario ") == len(stories.names())
    port, *limits = explanations("limit")
    assert port.kind == "a port of scenarios"
    having = [name for name in stories.names() if hasattr(stories.load(name).settings, "limit")]
    assert len(having) > 2
    assert [one.why for one in limits] == [f"Heeded by scenario {name}." for name in having]


def test_names_are_explained_where_a_scenario_cannot_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain installation has no numpy, which some scenarios import."""
    load = stories.load

    def without_numpy(name: str) -> stories.Scenario:
        if name == "audit-replay":
            raise ModuleNotFoundError("No module named 'numpy'", name="numpy")
        return load(name)

    monkeypatch.setattr(stories, "load", without_numpy)
    (variant,) = explanations("variant")
    assert "audit-replay" not in variant.why
    assert explanations("fresh-route")


def test_a_setting_of_the_fleet_is_explained() -> None:
    """With the command that takes it, and its page."""
    (own,) = explanations("limit_times")
    assert own.example == "gateway-sim fleet --nodes nodes.csv --jobs jobs.csv --set limit_times=1"
    assert own.pages == ["docs/fleet.md#settings"]


def test_a_part_is_listed_behind_its_port_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """As `--part` takes it; its library need not be installed."""
    assert call("list") == 0
    assert "registry=mlflow-guarded " in capsys.readouterr().out
    (part,) = explanations("mlflow-guarded")
    assert (part.kind, part.pages) == ("a part for --part", ["docs/parts.md"])
    assert part.example == "gateway-sim contract registry --part mlflow-guarded"


def test_a_race_shows_the_settings_that_make_it() -> None:
    """Those of its world that differ from the usual ones."""
    (race,) = explanations("fresh-route")
    assert [(one.name, one.default) for one in race.settings] == [("stale", "2"), ("lag_s", "4")]
    assert "docs/reference/protocol.md §5" in race.pages


def test_people_read_it_in_sentences(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The name and its kind, what and why, then the line and the page."""
    monkeypatch.setenv("COLUMNS", "80")
    assert call("explain", "not exercised") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "not-exercised, a verdict"
    assert lines[-2:] == ["try: gateway-sim run fresh-route", "see: docs/names.md#verdicts"]


def test_an_unknown_name_gets_the_nearest() -> None:
    """Of all names together."""
    with pytest.raises(UnknownWord, match=r"no name is called 'fresh-rout'; did you mean fresh-route\?"):
        explanations("fresh-rout")


def test_the_page_of_settings_is_what_the_command_writes(tmp_path: Path) -> None:
    """It is made from the docstrings; a changed default is not forgotten there."""
    page = tmp_path / "settings.md"
    written = (ROOT / "docs" / "settings.md").read_text()
    page.write_text(written)
    assert call("list", "--into", str(page)) == 0
    assert page.read_text() == written


def test_a_promise_may_be_written_as_people_read_it() -> None:
    """With its apostrophe, as a verdict prints it."""
    (one,) = explanations("the weights equal the undisturbed run's")
    assert one.name == "the-weights-equal-the-undisturbed-runs"


def test_a_version_of_an_sdk_is_not_taken_for_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A measured one is its SDK; any other one says which is near, and how it gets a profile."""
    monkeypatch.setenv("GATEWAY_SIM_SDKS", str(tmp_path))
    assert [one.name for one in explanations("tinker==0.38.0")] == ["tinker-0.38"]
    with pytest.raises(UsageError, match=r"tinker==0\.36\.0 was not measured; tinker-0\.38 is the nearest that was"):
        explanations("tinker==0.36")
