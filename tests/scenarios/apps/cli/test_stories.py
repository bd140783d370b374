"""`gateway-sim stories`: the variants of a story over seeds, and its page."""

import json
from pathlib import Path

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.run import sweep as sweeping

WORDS = ("stories", "stragglers", "--seeds", "1", "--jobs", "1")


def said_by(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> tuple[object, str, str]:
    """Call the command line and return its exit status, stdout and stderr."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return ended.value.code, *capsys.readouterr()


def test_every_variant_is_played_and_its_page_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A page that is not there is made; of one that is there the authors' text stays."""
    status, out, _ = said_by((*WORDS, "--into", str(tmp_path / "pages")), capsys)
    page = tmp_path / "pages" / "stragglers.md"
    assert status == 0
    assert "stragglers: steps slowed or short of rows" in out
    assert "| half-fixed | 1 of 1 " in page.read_text()
    assert "Every step waits for its slowest worker" in page.read_text()
    page.write_text(f"by hand\n{page.read_text().replace('| half-fixed | 1 of 1 ', '| old ')}")
    status, out, _ = said_by((*WORDS, "--into", str(tmp_path / "pages"), "--json"), capsys)
    assert page.read_text().startswith("by hand\n")
    assert "| half-fixed | 1 of 1 " in page.read_text()
    (story,) = json.loads(out)["stories"]
    assert [one["variant"] for one in story["variants"]] == ["broken", "half-fixed", "fixed"]
    assert [one["damage"]["mean"] > 0 for one in story["variants"]] == [True, True, False]
    assert story["variants"][0]["disagreeing"] == []


def test_words_that_are_off_are_refused_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A story that is none, and a page without a mark, which would be written over."""
    status, _, err = said_by(("stories", "straggler"), capsys)
    assert status == 2
    assert "did you mean stragglers" in err
    (tmp_path / "stragglers.md").write_text("mine")
    status, _, err = said_by((*WORDS, "--into", str(tmp_path)), capsys)
    assert status == 2
    assert "has no part between" in " ".join(err.replace("│", " ").split())
    assert (tmp_path / "stragglers.md").read_text() == "mine"


def test_a_fix_that_breaks_fails_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1, and the run is named."""
    from dataclasses import replace

    playing = sweeping.run_plans

    def broken(plans):
        for result in playing(plans):
            yield replace(result, verdict="broken") if result.settings["variant"] == "fixed" else result

    monkeypatch.setattr(sweeping, "run_plans", broken)
    status, out, _ = said_by(WORDS, capsys)
    assert status == 1
    assert "damage and verdict disagree" in " ".join(out.split())


def test_a_stopped_pass_shows_the_stories_that_are_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And writes no page of the one that is not."""
    playing = sweeping.run_plans

    def stopped(plans):
        for number, result in enumerate(playing(plans)):
            if number == 4:
                raise KeyboardInterrupt
            yield result

    monkeypatch.setattr(sweeping, "run_plans", stopped)
    words = ("stories", "stragglers", "overwritten-artifact", "--seeds", "1", "--jobs", "1", "--json")
    status, out, _ = said_by(words, capsys)
    assert status == 130
    document = json.loads(out)
    assert document["stopped"] is True
    assert [one["story"] for one in document["stories"]] == ["stragglers"]
