"""`--store` and `--from`: a command that was stopped goes on, and its page is made again without playing."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="the extra store is not installed: pip install 'gateway-sim[store]'")

from pyarrow import dataset

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.engines.virtual.engine import VirtualEngine
from tests.scenarios.engines.live.test_live import within

ROOT = Path(__file__).parents[4]
PAIRS = ("--race", "fresh-route", "--client", "plain", "--gateway", "not-found", "--gateway", "hold", "--jobs", "1")


def call(*words: str) -> int:
    """Call the command line and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    assert isinstance(ended.value.code, int)
    return ended.value.code


def content(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def no_world(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list to which each world of this process is added."""
    played: list[str] = []
    monkeypatch.setattr(VirtualEngine, "__init__", lambda *_: played.append("a world"))
    return played


@pytest.mark.parametrize(
    ("command", "words"), [("tournament", ("--seeds", "1", *PAIRS)), ("verify", ("healthy", "healthy", "--jobs", "1"))]
)
def test_the_tables_and_the_document_are_made_again_without_playing(
    command: str,
    words: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
):
    """By `--from`, and by the same command with the same store."""
    store = str(tmp_path / "s")
    assert call(command, *words, "--store", store, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    played = request.getfixturevalue("no_world")
    for again in (("--from", store), (*words, "--store", store)):
        assert call(command, *again, "--json") == 0
        assert json.loads(capsys.readouterr().out) == document
    assert played == []


def test_the_page_is_made_again_without_playing(tmp_path: Path, request: pytest.FixtureRequest):
    """Byte for byte, as HTML and as Markdown."""
    words = ("tournament", "--seeds", "1", *PAIRS)
    first, again = tmp_path / "first.html", tmp_path / "again.html"
    assert call(*words, "--store", str(tmp_path / "s"), "--html", str(first)) == 0
    played = request.getfixturevalue("no_world")
    assert call("tournament", "--from", str(tmp_path / "s"), "--html", str(again)) == 0
    assert (again.read_bytes(), played) == (first.read_bytes(), [])


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("tournament", "--from", "s", "--seeds", "3"), "takes every run of the store, as it is; leave --seeds out"),
        (("verify", "healthy", "--from", "s"), "leave RACE out"),
        (("verify", "--from", "nowhere"), "--from nowhere: there is no such folder"),
        (("run", "fresh-route", "--store", "s"), "--store keeps --seeds of the virtual engine"),
        (("run", "fresh-route", "--scheduler", "tcp://127.0.0.1:1"), "--scheduler plays --seeds of the virtual engine"),
    ],
)
def test_words_that_mean_nothing_are_refused(
    words: tuple[str, ...],
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    """Before anything runs."""
    monkeypatch.chdir(tmp_path)
    assert call(*words) == 2
    assert why in " ".join(capsys.readouterr().err.split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [("verify",), ("tournament",), ("enumerate",), ("run", "healthy", "--seeds", "2"), ("conformance",), ("parity",)],
    ids=lambda words: words[0],
)
def test_a_scheduler_is_asked_before_anything_is_played(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]):
    """The same sentence from every command."""
    assert call(*words, "--scheduler", "tcp://127.0.0.1:1") == 1
    assert "no dask scheduler answers at tcp://127.0.0.1:1: Connection refused" in capsys.readouterr().err


def test_processes_here_and_workers_there_are_not_both_given(capsys: pytest.CaptureFixture[str]):
    """One of them would have no effect."""
    assert call("verify", "--jobs", "2", "--scheduler", "tcp://127.0.0.1:1") == 2
    assert "--scheduler has workers of its own; give one" in " ".join(capsys.readouterr().err.split())


def test_drawn_worlds_and_seeds_are_stored_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The second time nothing is played, and the findings are the same."""
    search = ("explore", "fresh-route", "--seeds", "6", "--no-shrink", "--jobs", "1")
    for words in (search, ("run", "fresh-route", "--seeds", "3")):
        store = tmp_path / words[0]
        status = call(*words, "--store", str(store), "--json")
        document, rows = capsys.readouterr().out, dataset.dataset(store).count_rows()
        assert (call(*words, "--store", str(store), "--json"), capsys.readouterr().out) == (status, document)
        assert rows == (6 if words is search else 3)


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_a_tournament_that_is_stopped_at_half_goes_on(tmp_path: Path, stop: signal.Signals):
    """Only the rest is played; page and store are those of an undisturbed tournament."""
    words = ["--seeds", "8", "--race", "fresh-route", "--race", "healthy", "--client", "plain", "--jobs", "2"]
    alone, stopped = tmp_path / "alone", tmp_path / "stopped"
    pages = [tmp_path / "alone.html", tmp_path / "stopped.html"]
    say = [sys.executable, "-m", "gateway_sim", "tournament", *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    undisturbed = subprocess.run(
        [*say, "--store", alone, "--html", pages[0]], env=env, capture_output=True, check=False
    )
    assert undisturbed.returncode == 0
    half = dataset.dataset(alone).count_rows() // 2
    # writes what it has at once, and is slow enough to be stopped in the middle
    script = (
        "import sys, time\n"
        "from gateway_sim.scenarios.run import store\n"
        "from gateway_sim.scenarios.apps.cli import main\n"
        "store.EVERY_S, add = 0.0, store.Store._add\n"
        f"store.Store._add = lambda self, row: (add(self, row), time.sleep(0.0 if len(self) < {half} else 60.0))\n"
        "main(sys.argv[1:])\n"
    )
    told = ["tournament", *words, "--store", str(stopped), "--html", str(pages[1])]
    with subprocess.Popen([sys.executable, "-c", script, *told], env=env, stderr=subprocess.PIPE, text=True) as first:
        assert within(120.0, lambda: stopped.exists() and rows(stopped) >= half)
        first.send_signal(stop)
        _, err = first.communicate()
    kept = rows(stopped)
    assert (first.returncode, half <= kept < 2 * half) == (130 if stop == signal.SIGINT else -9, True)
    assert not pages[1].exists()
    if stop == signal.SIGINT:
        assert f"{kept} runs are kept; the same command plays the rest" in err
    shutil.copytree(stopped, tmp_path / "half")
    second = subprocess.run([sys.executable, "-m", "gateway_sim", *told], env=env, capture_output=True, text=True)
    assert second.returncode == 0
    assert f"{kept} runs are in {stopped}" in second.stderr
    assert content(stopped) == content(alone)
    assert pages[1].read_bytes() == pages[0].read_bytes()


def rows(folder: Path) -> int:
    """Return how many rows a store has; while its first file is made, none."""
    return int(dataset.dataset(sorted(folder.glob("part-*"))).count_rows()) if list(folder.glob("part-*")) else 0
