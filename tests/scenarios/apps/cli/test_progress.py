"""How far a long search is: a bar for people, a line now and then for logs."""

import io

import pytest
from rich.console import Console

from gateway_sim.scenarios.apps.cli import progress


def seen(console: Console) -> str:
    """Return what is written while three things are watched."""
    assert list(progress.watched("abc", "worlds", total=3, console=console, note=lambda: "2 broken")) == ["a", "b", "c"]
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_log_is_told_now_and_then_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """In whole lines, with what is left; the last says how many there were."""
    monkeypatch.setattr(progress, "LOGGED_EVERY_S", 0.0)
    first, second, last = seen(Console(file=io.StringIO(), width=100)).split("\n")[:3]
    assert first.startswith("worlds: 1 of 3, ")
    assert second.startswith("worlds: 2 of 3, ")
    assert first.endswith(" s left 2 broken")
    assert last.startswith("worlds: 3 in ")


def test_a_short_search_leaves_one_line_in_a_log() -> None:
    """It ends before anybody would wonder."""
    assert seen(Console(file=io.StringIO(), width=100)).splitlines()[0].startswith("worlds: 3 in ")


def test_a_terminal_has_the_bar_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    """No line is left among its redraws."""
    monkeypatch.setattr(progress, "LOGGED_EVERY_S", 0.0)
    assert "1 of 3" not in seen(Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None))
