"""Every document names its schema, and has the fields of the type that is published of it.

`tests/scenarios/conftest.py` compares each document that a test prints; here is one of every kind that no other test
prints, and the files for programs.
"""

import hashlib
import json
from pathlib import Path

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.apps.documents import KINDS
from gateway_sim.scenarios.compare.conformance import kept
from gateway_sim.scenarios.compare.conformance.cell import Applied, Found
from gateway_sim.scenarios.search.explore.replay_file import read_replay
from tests.house import ROOT
from tests.scenarios.documents import unlike, unlike_lines, unlike_type

PRINTED = {
    "run": ("run", "fresh-route"),
    "runs": ("run", "fresh-route", "--seeds", "2"),
    "verify": ("verify", "late-delete", "--jobs", "1"),
    "warmup": ("warmup", "--runs", "0"),
    "list": ("list",),
    "explain": ("explain", "fresh-route"),
    "port-contract": ("contract", "gate"),
    "sdk-list": ("sdk", "list", "--no-index"),
    "files": ("new", "race", "my-race"),
    "schemas": ("schema",),
}
"""By kind, the words that print it here."""
PRINTED_ELSEWHERE = {
    "import": "scenarios/apps/cli/test_import_log.py",
    "judge": "scenarios/apps/cli/test_judge.py",
    "enumerate": "scenarios/search/enumerate/test_exhaustive.py",
    "order": "scenarios/search/enumerate/test_exhaustive.py",
    "sweep": "scenarios/apps/cli/test_sweep_settings.py",
    "stories": "scenarios/apps/cli/test_stories.py",
    "fleet": "scenarios/apps/cli/test_fleet.py",
    "config": "scenarios/apps/cli/test_config_file.py",
    "tournament": "scenarios/compare/test_tournament.py",
    "mutants": "scenarios/apps/cli/test_mutants.py",
    "serve": "scenarios/apps/cli/test_serve.py",
    "fault": "scenarios/apps/cli/test_serve.py",
    "faults": "scenarios/apps/cli/test_serve.py",
    "faults-lifted": "scenarios/apps/cli/test_serve.py",
    "demo": "scenarios/apps/demo/conftest.py",
    "conformance": "sdk/test_documents.py",
    "parity": "sdk/test_documents.py",
    "contract": "scenarios/apps/cli/test_contract.py",
    "dynamodb": "scenarios/apps/cli/test_dynamodb.py",
    "sdk-survey": "sdk/test_guests.py",
    "sdk-surface": "sdk/test_surface.py",
    "pages": "scenarios/apps/cli/test_every_command.py",
    "sdk-install": "scenarios/apps/cli/test_every_command.py",
    "given-profile": "scenarios/apps/cli/test_sdk_install.py",
}
"""By kind, the test that prints it."""
ONE_THAT_BREAKS = ("explore", "fresh-route", "--seeds", "1", "--first", "2", "--jobs", "1")
BELOW = {"explore", "replay", "replay-file", "trace", "cells", "proposal"}
"""The kinds with a test of their own in this file."""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write files into a folder of the test's own, and look for SDKs there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GATEWAY_SIM_SDKS", str(tmp_path / "sdks"))


def printed(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    """Call a command with --json and return what it prints."""
    with pytest.raises(SystemExit) as ended:
        main([*words, "--json"])
    assert ended.value.code == status
    return capsys.readouterr().out


def test_every_kind_is_compared() -> None:
    """A new kind of document must say which test prints it."""
    assert {*PRINTED, *PRINTED_ELSEWHERE, *BELOW} == set(KINDS)
    for file in PRINTED_ELSEWHERE.values():
        assert "--json" in (ROOT / "tests" / file).read_text(), file


@pytest.mark.parametrize(("kind", "words"), PRINTED.items(), ids=PRINTED)
def test_a_document_names_its_schema(kind: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """In its first field, with the version."""
    text = printed(capsys, *words)
    assert text.startswith(f'{{"schema": "gateway-sim/{kind}/1", ')
    assert unlike(text) == []


@pytest.mark.parametrize("change", [{"verdict": "lost"}, {"seed": "0"}, {"colour": "red"}, {"error": {"type": "E"}}])
def test_a_field_that_is_added_renamed_or_changed_does_not_fit(
    change: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    """A release cannot change a document without its type."""
    told = json.loads(printed(capsys, "run", "healthy"))
    assert unlike(json.dumps(told)) == []
    assert unlike(json.dumps(told | change))
    del told["digest"]
    assert unlike(json.dumps(told))


def test_only_the_one_door_prints_a_document() -> None:
    """`printed` adds the schema."""
    folder = ROOT / "scenarios" / "apps" / "cli"
    assert [path.name for path in folder.glob("*.py") if "print(json.dumps" in path.read_text()] == []


@pytest.mark.parametrize("race", ["preempt-resume", "job-deleted", "zombie-pod"])
def test_the_lines_of_a_trace_fit_the_schema(race: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The first names the schema, the others are events; a race's and a story's."""
    with pytest.raises(SystemExit):
        main(["run", race, "--trace", "t.txt"])
    assert unlike_lines("trace", Path("t.jsonl").read_text()) == []
    line = {"at_s": 1.0, "source": "user", "event": "StepAcknowledged", "step": 1}
    rest = {"account": None, "job": None, "model_id": None}
    assert unlike_type("trace", line | rest) == []
    assert unlike_type("trace", line)


@pytest.mark.slow
def test_a_search_its_file_and_the_replay_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    """A file without the word, as 0.1 wrote it, is read too."""
    told = json.loads(printed(capsys, *ONE_THAT_BREAKS, status=1))
    file = Path(told["smallest"]["replay_file"])
    assert unlike(file.read_text()) == []
    assert unlike(printed(capsys, "replay", str(file))) == []
    older = json.loads(file.read_text())
    del older["schema"], older["checksum"]
    older["checksum"] = hashlib.sha256(json.dumps(older, sort_keys=True).encode()).hexdigest()
    new = read_replay(file)
    file.write_text(json.dumps(older))
    assert read_replay(file) == new


def test_the_file_of_measured_cells(tmp_path: Path) -> None:
    """As it is written, as it is kept among the pages, and as 0.1 wrote it, without the word."""
    file = tmp_path / "cells.jsonl"
    kept.write(
        file, [Found("tinker-0.15", "forward_backward", "404", "ok", "", 1, 1, None, None, 0.5, Applied(1, 1, 0))], 4.5
    )
    assert unlike_lines("cells", file.read_text()) == []
    header, *cells = file.read_text().splitlines()
    older = {name: value for name, value in json.loads(header).items() if name != "schema"}
    assert len(kept.read([json.dumps(older), *cells], "cells.jsonl", 4.5)) == 1
    assert unlike_lines("cells", (ROOT / "docs" / "conformance.jsonl").read_text()) == []


@pytest.mark.slow
def test_the_proposal(capsys: pytest.CaptureFixture[str]) -> None:
    """Its page and the runs behind it."""
    assert unlike(printed(capsys, "proposal")) == []
