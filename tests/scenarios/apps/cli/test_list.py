"""`gateway-sim list`: everything that has a name says what it is."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gateway_sim import scenarios
from gateway_sim.scenarios.apps.cli import main

FOLDERS = Path(scenarios.__file__).parent


def listed(capsys: pytest.CaptureFixture[str]) -> dict[str, list[dict[str, str]]]:
    """Return the document of `list --json`."""
    with pytest.raises(SystemExit) as ended:
        main(["list", "--json"])
    assert ended.value.code == 0
    told = json.loads(capsys.readouterr().out)
    assert told.pop("schema") == "gateway-sim/list/1"
    shelves: dict[str, list[dict[str, str]]] = told
    return shelves


def test_every_shelf_is_there_and_every_entry_has_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """Races, policies, SDKs, faults and promises, each with a name and a summary."""
    shelves = listed(capsys)
    assert list(shelves) == [
        "races", "orchestration", "ports", "parts", "clients", "gateways", "sdks", "faults", "promises", "mutations",
        "anomalies", "verdicts", "settings",
    ]  # fmt: skip
    for shelf, entries in shelves.items():
        assert entries, shelf
        for entry in entries:
            assert ("port" in entry) == (shelf == "parts")
            assert entry["name"]
            assert len(entry["summary"].split()) > 3, entry
    assert all(entry["from"] for entry in shelves["races"])


@pytest.mark.parametrize(
    ("shelf", "folders"),
    [
        ("races", ["races"]),
        ("promises", ["judge/promises", "orchestration/promises"]),
        ("anomalies", ["judge/anomalies"]),
        ("ports", ["orchestration/ports"]),
        ("parts", ["orchestration/parts"]),
    ],
)
def test_a_file_in_the_folder_is_an_entry_of_the_list(
    shelf: str, folders: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder is the registry: as many entries as files."""
    files = [path.stem.replace("_", "-") for folder in folders for path in (FOLDERS / folder).glob("[!_]*.py")]
    assert sorted(entry["name"] for entry in listed(capsys)[shelf]) == sorted(files)


def test_each_fault_of_the_folder_is_an_entry_of_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    """A file may hold several faults of one kind, each with a name of its own."""
    texts = [path.read_text() for path in (FOLDERS / "faults").glob("[!_]*.py")]
    named = [re.findall(r'name: ClassVar\[str\] = "([a-z-]+)"', text) for text in texts]
    assert all(named)
    assert sorted(entry["name"] for entry in listed(capsys)["faults"]) == sorted(
        name for names in named for name in names
    )


def test_the_list_is_readable(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json the same names stand in columns."""
    with pytest.raises(SystemExit):
        main(["list"])
    shown = capsys.readouterr().out
    assert "incident-344" in shown
    assert "route-not-ready" in shown


def test_without_the_laboratorys_libraries_the_list_is_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """In a process that has only what a plain installation brings: names and sentences are read, nothing is run."""
    missing = ("torch", "numpy", "moto", "uvicorn", "google", "zstandard", "jinja2", "markdown_it", "prometheus_client")
    blocked = (
        f"import sys; sys.modules.update(dict.fromkeys({missing})); "
        "from gateway_sim.scenarios.apps.cli import main; main(['list', '--json'])"
    )
    ended = subprocess.run([sys.executable, "-c", blocked], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    document = json.loads(ended.stdout)
    assert {shelf: document[shelf] for shelf in document if shelf != "schema"} == listed(capsys)
