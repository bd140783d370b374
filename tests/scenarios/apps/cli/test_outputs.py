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


@pytest.mark.parametrize("words", [*EVERY, ("explore", "--found-in"), ("schema", "--into")], ids=" ".join)
def test_a_place_that_refuses_a_file_is_known_before_anything_is_played(
    words: tuple[str, ...], capsys: Capture
) -> None:
    """Rights do not say it: root may write to /proc, where no file can be made."""
    assert call(*words, "/proc/gateway-sim-page") == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"{words[-1]} /proc/gateway-sim-page: " in shown.err
    assert "running" not in shown.err


def test_looking_whether_a_file_can_be_written_leaves_none(capsys: Capture, tmp_path: Path) -> None:
    """And what is there keeps its words, where another option is refused."""
    kept = tmp_path / "page.html"
    kept.write_text("words")
    new = tmp_path / "trace.txt"
    assert call("run", "healthy", "--html", str(kept), "--trace", str(new), "--perfetto", "/proc/x") == 2
    assert [*tmp_path.iterdir()] == [kept]
    assert kept.read_text() == "words"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("run", "healthy", "--html", "F", "--trace", "F"), "--trace and --html both write"),
        (("run", "healthy", "--perfetto", "F.jsonl", "--trace", "F.txt"), "--trace and --perfetto both write"),
        (("verify", "--junit", "F", "--html", "./F"), "--junit and --html both write"),
        (("tournament", "--markdown", "F", "--html", "F"), "--html and --markdown both write"),
        (("conformance", "--resume", "F", "--page", "F"), "--resume and --page both write"),
    ],
)
def test_two_outputs_of_one_path_are_refused(
    words: tuple[str, ...], sentence: str, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of them would be lost, also where the path is spelt in two ways."""
    monkeypatch.chdir(tmp_path)
    assert call(*words) == 2
    shown = capsys.readouterr()
    assert sentence in shown.err
    assert (shown.out, [*tmp_path.iterdir()]) == ("", [])


@pytest.mark.parametrize("text", [None, "a page without tables"])
def test_a_page_without_tables_of_names_is_not_called_rewritten(
    text: str | None, capsys: Capture, tmp_path: Path
) -> None:
    """One that is not there, and one in which nothing would change."""
    page = tmp_path / "page.md"
    if text:
        page.write_text(text)
    assert call("list", "--into", str(page)) == 2
    assert "name a page that has a table of names" in capsys.readouterr().err


def test_a_trace_does_not_overwrite_the_world_that_it_replays(capsys: Capture, tmp_path: Path) -> None:
    """The file is read first, and would be gone."""
    world = tmp_path / "world.jsonl"
    world.write_text("{}")
    assert call("replay", str(world), "--trace", str(tmp_path / "world.txt")) == 2
    assert "that would overwrite" in capsys.readouterr().err
    assert world.read_text() == "{}"


def test_a_link_keeps_leading_to_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is refused later has made no file, and has not taken the link away."""
    monkeypatch.chdir(tmp_path)
    Path("link.html").symlink_to("page.html")
    assert call("run", "healthy", "--html", "link.html", "--perfetto", "no/such/page") == 2
    assert Path("link.html").is_symlink()
    assert not Path("page.html").exists()
    assert call("run", "healthy", "--html", "link.html") == 0
    assert Path("page.html").read_text().startswith("<!doctype html>")
