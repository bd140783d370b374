"""What holds for the words of every command: help, errors of one style, whole names, completion."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.rich_utils

from gateway_sim.scenarios.apps.cli import app, main
from gateway_sim.scenarios.apps.cli.choices import COMPLETED, LISTED, completed
from gateway_sim.scenarios.apps.cli.screen import screen
from gateway_sim.scenarios.report.table import Table

ROOT = Path(__file__).parents[4]
Capture = pytest.CaptureFixture[str]
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
LONGEST = "retry-storm-across-layers"


def suggested(command: str, parameter: str, begun: str) -> list[str]:
    """Return the words that a shell is given for a parameter of a command."""
    (asked,) = (one for one in COMMANDS[command].params if one.name == parameter)
    return [found.value for found in asked.shell_complete(typer.Context(COMMANDS[command]), begun)]


def call(*words: str) -> int:
    """Call the command line and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize("words", [("-h",), ("run", "-h"), ("sdk", "-h"), ("sdk", "list", "-h")], ids=" ".join)
def test_the_short_word_for_help_is_known_everywhere(words: tuple[str, ...], capsys: Capture) -> None:
    """As most commands of a shell know it."""
    assert call(*words) == 0
    assert "Usage: gateway-sim" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("run healthy --bogus", "No such option: --bogus"),
        (
            "run preempt-resume --variant fixed",
            "--variant is a setting; write --set variant=VALUE; see",
        ),
        ("explore healthy --lag-s=3", "--lag-s is a setting; write --set lag_s=VALUE"),
        ("fault stale-route --for-s 3", "--for-s is a setting; write --set for_s=VALUE"),
        ("fleet --limit-times 2", "--limit-times is a setting; write --set limit_times=VALUE"),
        ("verify --lag-s 3", "No such option: --lag-s"),
        ("run", "Missing argument"),
        ("run healthy --seeds x", "--seeds: "),
        ("verify --seeds 0", "--seeds: "),
        ("run healthy --trace no/such/x", "--trace no/such/x: there is no folder no/such"),
        ("run helthy", "no race or scenario is called 'helthy'; did you mean healthy?"),
        ("bogus", "no command is called 'bogus'"),
        ("sdk bogus", "no command is called 'bogus'"),
    ],
)
def test_every_refusal_is_one_line_of_one_style(words: str, sentence: str, capsys: Capture) -> None:
    """Exit status 2, one line on stderr that begins with the program's name, no frame of another library."""
    assert call(*words.split()) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    (line,) = shown.err.splitlines()
    assert line.startswith("gateway-sim: ")
    assert sentence in line
    assert "Input should" not in line, "these are the words of a library that the user has not called"


@pytest.mark.parametrize("command", ["run", "explore", "tournament"])
def test_help_lists_the_names_that_an_option_accepts(
    command: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them, also those of the tables, such as route-not-ready+."""
    monkeypatch.setattr(typer.rich_utils, "MAX_WIDTH", 250)
    assert call(command, "--help") == 0
    shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
    for kind in ("client", "gateway"):
        assert f"One of: {', '.join(LISTED[kind]())}." in shown


def test_a_shell_completes_names(capsys: Capture) -> None:
    """A race, a policy, and what begins otherwise than any name."""
    assert completed("race or scenario")("preem") == ["preempt-resume", "preempted-not-gone"]
    assert completed("gateway")("route-not-ready") == ["route-not-ready", "route-not-ready+"]
    assert completed("client")("xyz") == []
    assert all(list(find()) for find in COMPLETED.values())


@pytest.mark.parametrize(
    ("command", "parameter", "begun", "name"),
    [
        ("explore", "race", "preempt-res", "preempt-resume"),
        ("run", "sets", "lag", "lag_s="),
        ("run", "against", "leased", "leased-generation"),
        ("run", "part", "registry", "registry=mlflow"),
        ("fleet", "part", "s", "scheduler=easy-backfill"),
        ("fleet", "sets", "limit", "limit_times="),
        ("fleet", "placement", "best", "best-fit"),
        ("contract", "port", "sched", "scheduler"),
        ("contract", "part", "ml", "mlflow"),
        ("fault", "name", "stale-r", "stale-route"),
        ("fault", "sets", "for", "for_s="),
        ("mutants", "mutation", "dead", "dead-pods-unnoticed"),
        ("new", "kind", "gateway", "gateway-policy"),
        ("schema", "kind", "ex", "explain"),
    ],
)
def test_a_word_is_completed(command: str, parameter: str, begun: str, name: str) -> None:
    """Names of races, settings, parts, faults, mutations and kinds, where a command takes them."""
    assert name in suggested(command, parameter, begun)


def test_what_takes_a_name_is_completed_in_every_command() -> None:
    """Or the user of a new command would have to look the names up."""
    kinds = {"race", "client", "gateway", "sdk", "balance", "driver", "engine", "law", "part", "sets", "sweeps"}
    taking = {(name, one.name) for name, found in COMMANDS.items() for one in found.params if not one.hidden}
    assert [(command, one) for command, one in sorted(taking) if one in kinds and not suggested(command, one, "")] == []


def test_the_shell_asks_through_the_command_itself() -> None:
    """With the variable that its script sets."""
    asked = {"_GATEWAY_SIM_COMPLETE": "complete_bash", "COMP_WORDS": "gateway-sim run fresh-", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-m", "gateway_sim"], env={**os.environ, **asked}, cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout.split() == ["fresh-route"]


@pytest.mark.parametrize("columns", [None, "80", "40"])
def test_a_name_is_never_cut(columns: str | None, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file gets each whole, and a line for each row; a narrow terminal gets it in two lines."""
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    screen().print(Table(["name", *"abc"], [(LONGEST, "✓ completed", "word " * 30, "x")]))
    shown = capsys.readouterr().out
    assert "…" not in shown
    if columns is None:
        assert [LONGEST in line for line in shown.splitlines()] == [False, True]


def test_a_list_in_a_file_is_a_line_for_each_name(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """So grep finds a name with what it means."""
    monkeypatch.delenv("COLUMNS", raising=False)
    assert call("list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith("a-preemption-costs-at-most-one-interval ")]) == 1
    assert not any(line.startswith("   ") and line.strip() for line in lines)


def test_a_long_list_is_named_instead_of_printed(capsys: Capture) -> None:
    """The empty word is near none of 52."""
    assert call("run", "") == 2
    assert capsys.readouterr().err.endswith("`gateway-sim list` names them\n")


def test_a_short_list_is_printed_rather_than_guessed_at(capsys: Capture) -> None:
    """Normal is no slip of the pen for uniform."""
    assert call("warmup", "--law", "normal") == 2
    assert "there are: exponential, fixed, simpledb-step, uniform" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [("list",), ("explain", "fresh-route"), ("run", "healthy"), ("sdk", "list", "--no-index")], ids=" ".join
)
def test_no_line_in_a_file_ends_in_spaces(
    words: tuple[str, ...], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table is padded for a terminal only."""
    monkeypatch.delenv("COLUMNS", raising=False)
    assert call(*words) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if line != line.rstrip()] == []


def test_what_a_run_says_of_itself_is_a_line_where_there_is_no_terminal(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log has no width at which to break a sentence."""
    monkeypatch.delenv("COLUMNS", raising=False)
    assert call("run", "healthy", "--set", "law=uniform", "--set", "lag_s=5") == 0
    assert capsys.readouterr().err.splitlines() == [
        "running healthy: client plain, gateway not-found, virtual engine, seed 0",
        "law=uniform had no effect: without it each event of this run is the same; see gateway-sim explain law",
        "lag_s=5 had no effect: without it each event of this run is the same; see gateway-sim explain lag_s",
    ]
