"""`gateway-sim sdk install tinker==X` and `sdk list`: a version that was not measured, without a network."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.apps.cli.conformance import FULL_HOLD_S
from gateway_sim.scenarios.compare.conformance import kept, likeness
from gateway_sim.scenarios.compare.conformance.cell import Found
from gateway_sim.scenarios.engines.live.sdks import environments, package_index
from gateway_sim.scenarios.engines.live.sdks.environments import SdkEnvironment
from gateway_sim.scenarios.sim.errors import GatewaySimError
from tests.scenarios.documents import unlike

DOCS = Path(__file__).parents[4] / "docs"
Capture = pytest.CaptureFixture[str]
INDEX = {"tinker": ("0.38.0", "0.36.0", "0.18.2", "0.18.1", "0.1.0"), "fireworks-ai": ("1.3.0a1", "1.2.30")}


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the environments in a folder of the test; each is made in no time, from an index of a few versions."""
    monkeypatch.setenv("GATEWAY_SIM_SDKS", str(tmp_path))

    def commands(environment: SdkEnvironment) -> list[list[str]]:
        return [["sh", "-c", f"mkdir -p {environment.folder}/bin && ln -s /bin/true {environment.python}"]]

    monkeypatch.setattr(environments, "install_commands", commands)
    monkeypatch.setattr(package_index, "versions_of", lambda package: [Version(one) for one in INDEX[package]])
    return tmp_path


@pytest.fixture
def as_tinker_0_18(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a version do in a tenth of the sample what tinker-0.18 did, but in one cell."""

    def measured(environment: SdkEnvironment, jobs: int) -> Iterator[Found]:
        rows = kept.read((DOCS / "conformance.jsonl").read_text().splitlines(), "conformance.jsonl", FULL_HOLD_S)
        mine = {(row.place, row.answer): row for row in rows if row.sdk == "tinker-0.18"}
        some = [mine[cell[1:]] for cell in likeness.sample_of(environment)[::10]]
        yield dataclasses.replace(some[0], sdk=environment.name, seen="SurpriseError")
        yield from (dataclasses.replace(row, sdk=environment.name) for row in some[1:])

    monkeypatch.setattr(likeness, "measured_of", measured)


def ran(*words: str) -> Any:
    """Return the exit code of a command."""
    with pytest.raises(SystemExit) as end:
        main(list(words))
    return end.value.code


@pytest.mark.usefixtures("as_tinker_0_18")
def test_a_version_is_installed_with_the_profile_that_agrees_most(root: Path, capsys: Capture) -> None:
    """It says which, with how many cells, and which differ; a second time it says the same without measuring."""
    assert ran("sdk", "install", "tinker==0.18.2", "--json") == 0
    printed = capsys.readouterr()
    assert unlike(printed.out) == []
    (made,) = json.loads(printed.out)["sdks"]
    assert (made["name"], made["state"], made["error"]) == ("tinker==0.18.2", "installed", None)
    given = made["given"]
    assert unlike((root / "tinker==0.18.2" / "profile.json").read_text()) == []
    assert (given["profile"], given["cells"], given["agree"]["tinker-0.18"]) == ("tinker-0.18", 7, 6)
    assert [(one["place"], one["answer"]) for one in given["unlike"]] == [("client/config", "404")]
    assert given["unlike"][0]["measured"].startswith("SurpriseError")
    told = "tinker==0.18.2 was given the profile of tinker-0.18: 6 of 7 cells agree ("
    assert told in printed.err
    assert "client/config, 404: measured SurpriseError; the profile says NotFoundError." in printed.err
    assert ran("sdk", "install", "tinker==0.18.2") == 0
    again = capsys.readouterr().err
    assert told in again
    assert "measuring" not in again


@pytest.mark.usefixtures("as_tinker_0_18")
def test_an_installed_version_is_listed_and_can_be_named(capsys: Capture) -> None:
    """In the list of SDKs, in that of the index, and as the SDK of our client, which behaves as its profile says."""
    assert ran("sdk", "install", "tinker==0.18.2") == 0
    capsys.readouterr()
    assert ran("sdk", "list", "--json") == 0
    printed = capsys.readouterr().out
    assert unlike(printed) == []
    told = json.loads(printed)
    *measured, other = told["sdks"]
    assert [one["given"] for one in measured] == [None] * len(environments.SDKS)
    assert (other["name"], other["state"], other["given"]["profile"]) == ("tinker==0.18.2", "installed", "tinker-0.18")
    tinker, fireworks = told["packages"]
    assert {one["version"]: one["sdks"] for one in tinker["versions"]} == {
        "0.38.0": ["tinker-0.38"], "0.36.0": [], "0.18.2": ["tinker==0.18.2"], "0.18.1": ["tinker-0.18"], "0.1.0": [],
    }  # fmt: skip
    assert fireworks == {
        "package": "fireworks-ai",
        "versions": [{"version": "1.3.0a1", "sdks": []}, {"version": "1.2.30", "sdks": ["fireworks-1.2"]}],
        "error": None,
    }
    digests = []
    for sdk in ("tinker==0.18.2", "tinker-0.18"):
        ran("run", "fresh-route", "--sdk", sdk, "--json")
        run = json.loads(capsys.readouterr().out)
        assert (run["sdk"], run["expected"]) == (sdk, "broken")
        digests.append(run["digest"])
    assert digests[0] == digests[1]


@pytest.mark.slow
@pytest.mark.usefixtures("as_tinker_0_18")
def test_a_race_that_is_found_with_a_version_can_be_read_where_it_is_not_installed(root: Path, capsys: Capture) -> None:
    """The file of the race names the measured profile."""
    assert ran("sdk", "install", "tinker==0.18.2") == 0
    capsys.readouterr()
    ran("explore", "--sdk", "tinker==0.18.2", "--seeds", "8", "--found-in", str(root / "found"), "--json")
    race = Path(json.loads(capsys.readouterr().out)["smallest"]["race_file"]).read_text()
    assert 'PROFILES["tinker-0.18"]' in race


def test_an_index_that_cannot_be_asked_leaves_the_list(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence for each package; the measured SDKs are listed."""

    def silent(package: str) -> list[Version]:
        raise package_index.IndexSilent(f"the package index gave no versions of {package}: no network here")

    monkeypatch.setattr(package_index, "versions_of", silent)
    assert ran("sdk", "list") == 0
    out = capsys.readouterr().out
    assert all(name in out for name in environments.SDKS)
    assert [line for line in out.splitlines() if "the package index" in line] == [
        f"the package index gave no versions of {package}: no network here" for package in INDEX
    ]
    assert ran("sdk", "list", "--json") == 0
    printed = capsys.readouterr().out
    assert unlike(printed) == []
    assert [one["versions"] for one in json.loads(printed)["packages"]] == [[], []]


@pytest.mark.parametrize(
    ("word", "refusal"),
    [
        ("tinker==9.9.9", "the package index has no tinker 9.9.9; the nearest there are 0.38.0, 0.36.0, 0.18.2"),
        ("tinker>=1", "tinker>=1 does not name one version: write tinker==VERSION"),
        ("tinkr==0.36.0", "no SDK package is called 'tinkr'; did you mean tinker?"),
    ],
)
def test_a_word_that_is_off_is_refused_before_any_work(root: Path, capsys: Capture, word: str, refusal: str) -> None:
    """Nothing is made, not even the SDK before it."""
    assert ran("sdk", "install", "tinker-0.38", word) == 2
    assert refusal in " ".join(capsys.readouterr().err.split())
    assert list(root.iterdir()) == []


def test_a_version_that_plays_nothing_has_no_profile(
    root: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named as one without a profile until it plays."""

    def dies(environment: SdkEnvironment, jobs: int) -> Iterator[Found]:
        raise GatewaySimError("its program ended")
        yield

    monkeypatch.setattr(likeness, "measured_of", dies)
    assert ran("sdk", "install", "tinker==0.1.0") == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "tinker==0.1.0 was installed, but plays no sample: its program ended" in said
    assert said.endswith("without a profile: tinker==0.1.0")
    assert not (root / "tinker==0.1.0" / "profile.json").exists()


@pytest.mark.usefixtures("as_tinker_0_18")
def test_an_environment_that_works_stays_where_the_new_one_fails(
    root: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the profile that it was given, and nothing beside it."""
    assert ran("sdk", "install", "tinker==0.18.2") == 0
    monkeypatch.setattr(environments, "install_commands", lambda environment: [["sh", "-c", "echo no network; exit 1"]])
    assert ran("sdk", "install", "--rebuild", "tinker==0.18.2") == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "tinker==0.18.2 could not be installed: no network; the former one stays" in said
    assert [folder.name for folder in root.iterdir()] == ["tinker==0.18.2"]
    assert "tinker==0.18.2" in environments.known_here()
    monkeypatch.setattr(package_index, "versions_of", lambda package: [Version("0.38.0")])
    assert ran("sdk", "install", "--rebuild", "tinker==0.18.2") == 2
    assert "tinker==0.18.2" in environments.known_here()


def test_a_version_that_does_not_import_is_removed(
    root: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old versions of fireworks-ai have no training SDK: their folder would only take space."""

    def commands(environment: SdkEnvironment) -> list[list[str]]:
        return [["sh", "-c", f"mkdir -p {environment.folder}/bin && ln -s /bin/false {environment.python}"]]

    monkeypatch.setattr(environments, "install_commands", commands)
    assert ran("sdk", "install", "fireworks-ai==1.3.0a1") == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "fireworks-ai==1.3.0a1 is no SDK that can train: `import fireworks.training.sdk` fails" in said
    assert list(root.iterdir()) == []


@pytest.mark.usefixtures("as_tinker_0_18")
def test_all_may_stand_beside_others(capsys: Capture) -> None:
    """Each is installed once."""
    assert ran("sdk", "install", "all", "tinker-0.38", "tinker==0.18.2", "--json") == 0
    made = [one["name"] for one in json.loads(capsys.readouterr().out)["sdks"]]
    assert made == [*environments.SDKS, "tinker==0.18.2"]


@pytest.mark.parametrize(
    "words", [("sdk", "list", "--no-index"), ("sdk", "install", "all"), ("explain", "tinker==0.9")]
)
def test_a_folder_of_environments_that_is_none_is_refused(
    words: tuple[str, ...], root: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the variable that names it, with exit status 2."""
    (root / "sdks").touch()
    monkeypatch.setenv("GATEWAY_SIM_SDKS", str(root / "sdks"))
    assert ran(*words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"gateway-sim: GATEWAY_SIM_SDKS is {root}/sdks, which is no folder; ")
