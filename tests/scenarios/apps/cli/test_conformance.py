"""`gateway-sim conformance` refuses before it measures, not after, and prints the command that measures the same."""

from pathlib import Path

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.apps.cli.conformance import command_line


@pytest.fixture(autouse=True)
def no_sdks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the environments of a test in a folder of its own, which is empty."""
    monkeypatch.setenv("GATEWAY_SIM_SDKS", str(tmp_path / "sdks"))


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what is said of a command that is refused with exit 2, as one line."""
    with pytest.raises(SystemExit) as end:
        main(["conformance", *words])
    assert end.value.code == 2
    return " ".join(capsys.readouterr().err.replace("│", " ").split())


@pytest.mark.parametrize("option", ["--page", "--resume"])
def test_a_file_that_cannot_be_written_is_refused_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    """A missing folder, or a folder itself, is refused before minutes of measuring."""
    assert "there is no folder" in refusal(capsys, option, str(tmp_path / "nowhere" / "x"))
    assert "that is a folder; name a file" in refusal(capsys, option, str(tmp_path))


@pytest.mark.parametrize("option", ["--page", "--resume"])
def test_a_file_holds_what_was_measured_live(tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str) -> None:
    """The virtual engine ends a busy poll early, so its cells are not for the page."""
    said = refusal(capsys, "--engine", "virtual", option, str(tmp_path / "x.md"))
    assert "leave --engine virtual out" in said
    assert "did you mean virtual?" in refusal(capsys, "--engine", "virtal")


def test_a_file_that_can_be_written_is_not_made_by_asking(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is refused for another reason leaves nothing behind."""
    page = tmp_path / "page.md"
    assert "no SDK is installed; run: gateway-sim sdk install all" in refusal(capsys, "--page", str(page))
    assert not page.exists()


def test_the_command_on_the_page_measures_the_same() -> None:
    """With the hold that was asked for, and without one that was not."""
    assert command_line(["tinker-0.15"], quick=False, hold_s=None) == "gateway-sim conformance --sdk tinker-0.15"
    assert command_line(["a", "b"], quick=True, hold_s=3.0) == (
        "gateway-sim conformance --sdk a --sdk b --quick --hold-s 3"
    )
