"""Files that options name: refused before anything is played, and what cannot be written in the end is named."""

import json
from pathlib import Path

import pytest

from gateway_sim.scenarios.apps.cli import main

Capture = pytest.CaptureFixture[str]
EVERY = [
    ("run", "healthy", "--html"),
    ("run", "healthy", "--trace"),
    ("run", "healthy", "--perfetto"),
    ("run", "preempt-resume", "--html"),
    ("verify", "--html"),
    ("verify", "--junit"),
    ("tournament", "--html"),
    ("enumerate", "--into"),
    ("list", "--into"),
    ("proposal", "--out"),
    ("conformance", "--page"),
    ("conformance", "--resume"),
    ("replay", "world.json", "--trace"),
]


def call(*words: str) -> int:
    """Call the command line and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
@pytest.mark.parametrize(
    ("place", "sentence"),
    [(".", "that is a folder; name a file in it"), ("no/such/page", "there is no folder no/such")],
)
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_played(
    words: tuple[str, ...], place: str, sentence: str, capsys: Capture
) -> None:
    """By its option's name, with exit status 2 and nothing on stdout."""
    assert call(*words, place) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    told = " ".join(shown.err.replace("│", " ").split())
    assert f"{words[-1]} {place}: {sentence}" in told
    assert "running" not in told


@pytest.mark.parametrize("option", ["--html", "--trace", "--perfetto"])
def test_a_full_disk_costs_the_file_and_not_the_verdict(option: str, capsys: Capture, tmp_path: Path) -> None:
    """A device that is always full is met only in writing: the verdict is out by then, and the file is named."""
    full = tmp_path / "full.txt"
    full.symlink_to("/dev/full")
    assert call("run", "healthy", "--set", "steps=1", option, str(full), "--json") == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out)["verdict"] == "kept"
    assert shown.err.splitlines()[-1] == (
        f"gateway-sim: No space left on device: {full}; free some space, or name a file on another disk"
    )


def test_the_events_beside_a_trace_are_looked_at_too(capsys: Capture, tmp_path: Path) -> None:
    """`--trace F` writes F.jsonl beside F; a folder of that name is in its way."""
    (tmp_path / "race.jsonl").mkdir()
    assert call("run", "healthy", "--trace", str(tmp_path / "race.txt")) == 2
    assert "that is a folder" in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_a_scenario_has_nothing_to_stand_against(capsys: Capture) -> None:
    """It has no gateway policy; what is given with it is not asked for."""
    assert call("run", "preempt-resume", "--html", "x.html", "--against", "hold") == 2
    told = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert "--against is for races; preempt-resume has no gateway" in told
