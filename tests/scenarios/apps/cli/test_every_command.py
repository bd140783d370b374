"""What holds for every command, of whichever group."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from gateway_sim.scenarios.apps.cli import app, main
from gateway_sim.scenarios.engines.live.sdks import environments

ROOT = Path(__file__).parents[4]


def commands(group: Any, *path: str) -> Iterator[Any]:
    """Yield all commands of a group, with the words that call them."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *path, name)
        else:
            yield pytest.param(command, id=" ".join([*path, name]))


@pytest.mark.parametrize("command", [*commands(typer.main.get_command(app))])
def test_every_command_takes_json(command: Any) -> None:
    """One JSON document on stdout is what a program can ask of any of them."""
    assert "--json" in [option for parameter in command.params for option in parameter.opts]


def test_pages_made_anew_are_listed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """`list --into` with --json says which."""
    page = tmp_path / "names.md"
    page.write_text((ROOT / "docs" / "names.md").read_text())
    with pytest.raises(SystemExit):
        main(["list", "--into", str(page), "--json"])
    assert json.loads(capsys.readouterr().out)["pages"] == [str(page)]


def test_an_sdk_that_could_not_be_installed_is_told_to_programs_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each with its state and what went wrong; exit 1."""
    monkeypatch.setenv("GATEWAY_SIM_SDKS", str(tmp_path))

    def refused(*command: Any, **how: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "no network here")

    monkeypatch.setattr(subprocess, "run", refused)
    with pytest.raises(SystemExit) as ended:
        main(["sdk", "install", "all", "--json"])
    assert ended.value.code == 1
    told = json.loads(capsys.readouterr().out)["sdks"]
    assert [(one["name"], one["state"]) for one in told] == [(name, "absent") for name in environments.SDKS]
    assert told[0]["error"] == "tinker-0.15 could not be installed: no network here"
