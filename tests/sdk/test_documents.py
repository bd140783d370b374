"""What is printed of real SDKs fits its published type."""

import json
from pathlib import Path

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.engines.live.sdks.environments import SdkUnavailable, require
from tests.scenarios.documents import unlike, unlike_lines

pytestmark = pytest.mark.sdk
SDK = "tinker-0.15"


@pytest.fixture(autouse=True)
def installed() -> None:
    """Skip, saying how to install it, where the SDK is not here."""
    try:
        require(SDK)
    except SdkUnavailable as missing:
        pytest.skip(str(missing))


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Call a command for the SDK with --json and return what it prints."""
    with pytest.raises(SystemExit):
        main([*words, "--sdk", SDK, "--json"])
    return capsys.readouterr().out


def test_parity(capsys: pytest.CaptureFixture[str]) -> None:
    """A race in both engines."""
    assert unlike(printed(capsys, "parity", "--quick", "--race", "healthy")) == []


def test_conformance_in_virtual_time(capsys: pytest.CaptureFixture[str]) -> None:
    """With a cell that is measured live too."""
    told = printed(capsys, "conformance", "--quick", "--hold-s", "0.2", "--live", "1")
    assert unlike(told) == []
    assert len(json.loads(told)["live"]) == 1


def test_conformance_and_its_cells(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Short faults: the numbers do not matter here."""
    cells = tmp_path / "cells.jsonl"
    words = ("conformance", "--quick", "--hold-s", "0.2", "--resume", str(cells))
    assert unlike(printed(capsys, *words)) == []
    assert unlike_lines("cells", cells.read_text()) == []
