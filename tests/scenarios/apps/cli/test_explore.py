"""`gateway-sim explore`: one command, a document, an exit code, and Ctrl-C keeps what was found."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway_sim.scenarios.apps.cli import main
from gateway_sim.scenarios.engines.virtual.wire import Wire
from gateway_sim.scenarios.run.workers import WorkerDied
from gateway_sim.scenarios.search.explore import search as search_module
from gateway_sim.scenarios.search.explore import shrink as shrink_module
from gateway_sim.scenarios.search.explore.execute import play_world
from gateway_sim.scenarios.search.explore.replay_file import replay_of, write_replay
from gateway_sim.scenarios.search.explore.search_config import SearchConfig

WORDS = ["explore", "fresh-route", "--client", "warmup-verified", "--jobs", "1", "--json"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a search leaves, it leaves in the folder it is called in."""
    monkeypatch.chdir(tmp_path)


def called(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run a command line and return its exit status, stdout and stderr."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_a_search_that_finds_a_violation_exits_1_with_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing but JSON on stdout; the rate is said on stderr."""
    status, out, err = called(capsys, *WORDS, "--seeds", "3", "--no-shrink")
    document = json.loads(out)
    assert status == 1
    assert (document["explored"], document["stopped"]) == (3, False)
    assert document["broken"] == len(document["violations"]) > 0
    assert "a second" in err


def test_names_of_the_tables_and_of_the_last_release_are_taken(capsys: pytest.CaptureFixture[str]) -> None:
    """The document says the policy, its settings and the race's new name."""
    words = ("explore", "strangers-door", "--gateway", "leased-generation+", "--jobs", "1", "--seeds", "1", "--json")
    _, out, _ = called(capsys, *words)
    document = json.loads(out)
    assert (document["race"], document["gateway"]) == ("reused-address", "leased-generation")
    assert document["settings"] == {"gone_status": "410"}


def test_the_smallest_world_is_left_as_a_replay_and_as_a_race(capsys: pytest.CaptureFixture[str]) -> None:
    """The replay comes to the same digest, and a file that was edited is refused in one line."""
    _, out, _ = called(capsys, *WORDS, "--seeds", "1")
    smallest = json.loads(out)["smallest"]
    assert Path(smallest["race_file"]).exists()
    line = smallest["replay"].split()[1:]
    status, out, _ = called(capsys, *line, "--json", "--trace", "one.txt")
    replayed = json.loads(out)
    assert (status, replayed["same"]) == (0, True)
    assert replayed["digest"] == smallest["digest"]
    assert replayed["replay"] == smallest["replay"]
    assert "run failed" in Path("one.txt").read_text()
    path = Path(smallest["replay_file"])
    path.write_text(path.read_text().replace(smallest["digest"], "0" * 16))
    status, out, err = called(capsys, *line)
    assert (status, out) == (2, "")
    assert "was edited" in err
    assert len(err.strip().splitlines()) == 1


def test_a_world_that_comes_out_otherwise_than_saved_exits_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code has changed since, and that is what the digest is for."""
    search = SearchConfig("fresh-route", client="warmup-verified")
    write_replay(Path("one.json"), replay_of(search, search.world(0), play_world(search, search.world(0))))
    monkeypatch.setattr(Wire.__init__, "__defaults__", ((0.001, 0.002),))
    status, out, _ = called(capsys, "replay", "one.json")
    assert status == 1
    assert "NOT the same as was saved" in out


def test_a_search_that_finds_none_exits_0(capsys: pytest.CaptureFixture[str]) -> None:
    """Some world put the promises to the test, and all were kept."""
    call = ["explore", "fresh-route", "--client", "exactly-once", "--gateway", "leased-generation"]
    status, out, _ = called(capsys, *call, "--seeds", "4", "--jobs", "1")
    assert status == 0
    assert "4 worlds explored" in out


def test_words_that_are_off_exit_2_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """With the nearest valid name."""
    status, out, err = called(capsys, "explore", "fresh-rout")
    assert (status, out) == (2, "")
    assert "did you mean fresh-route?" in err


def test_ctrl_c_keeps_what_was_found(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The worlds until then are counted, and the document says that it was stopped."""
    play = search_module.explore_seed

    def interrupted(search, seed, *, twice):
        if seed == 2:
            raise KeyboardInterrupt
        return play(search, seed, twice=twice)

    monkeypatch.setattr(search_module, "explore_seed", interrupted)
    status, out, err = called(capsys, *WORDS, "--seeds", "9")
    document = json.loads(out)
    assert status == 130
    assert (document["explored"], document["stopped"]) == (2, True)
    assert "nothing was left running" in err


@pytest.mark.slow
def test_ctrl_c_while_workers_start_is_obeyed_without_a_traceback() -> None:
    """They are new processes, of the same group, and not ready to ignore it: none of them says a word."""
    told = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    call = f"{told}; from gateway_sim.scenarios.apps.cli import main; main()"
    words = ["explore", "fresh-route", "--client", "exactly-once", "--seeds", "500", "--jobs", "2", "--json"]
    running = subprocess.Popen(
        [sys.executable, "-c", call, *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
    while running.poll() is None and len(children.read_text().split()) < 2:
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, json.loads(out)["stopped"]) == (130, True)
    assert "Traceback" not in err
    until = time.monotonic() + 30
    while (left := _of_group(running.pid)) and time.monotonic() < until:
        time.sleep(0.1)
    assert left == []


def _of_group(group: int) -> list[str]:
    """Return the processes of a group that run; one that has ended is not counted."""
    found = []
    for one in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, of, *_ = one.read_text().rpartition(")")[2].split()
            if int(of) == group and state != "Z":
                found.append(one.parent.name)
    return found


@pytest.mark.parametrize("found_in", ["one.txt", "one.txt/found"])
def test_a_folder_that_cannot_be_written_is_refused_before_the_search(
    capsys: pytest.CaptureFixture[str], found_in: str
) -> None:
    """It is not searched for an hour, and then nothing left."""
    Path("one.txt").write_text("a file")
    status, out, err = called(capsys, *WORDS, "--seeds", "1", "--found-in", found_in)
    assert (status, out) == (2, "")
    assert "one.txtisafile" in re.sub(r"[│\s]+", "", err)


@pytest.mark.slow
def test_findings_are_told_though_the_smallest_world_cannot_be_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk may be full by then."""

    def full(path: Path, text: str) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    status, out, err = called(capsys, *WORDS, "--seeds", "1")
    document = json.loads(out)
    assert (status, document["broken"], document["smallest"]) == (1, 1, None)
    assert "could not be written to found: No space left on device" in err


def test_who_plays_is_said_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """A few seeds are played before another process would have begun."""
    call = ["explore", "fresh-route", "--client", "exactly-once", "--gateway", "leased-generation", "--json"]
    _, _, err = called(capsys, *call, "--seeds", "1", "--jobs", "2")
    assert "in one process" in " ".join(err.split())


def test_ctrl_c_while_the_first_is_made_small_keeps_the_findings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only its smallest world is missing."""

    def interrupted(search, world):
        raise KeyboardInterrupt

    monkeypatch.setattr(shrink_module, "play_world", interrupted)
    status, out, _ = called(capsys, *WORDS, "--seeds", "1")
    document = json.loads(out)
    assert status == 130
    assert (document["broken"], document["smallest"], document["stopped"]) == (1, None, True)
    assert not Path("found").exists()


def test_a_worker_that_dies_loses_nothing_that_was_found(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said, the worlds until then are told, and the command has failed."""
    whole = search_module.explore

    def cut_short(search, seeds, workers, *, twice, store):
        yield from whole(search, seeds[:2], workers, twice=twice)
        raise WorkerDied("the world of seed 2", 4)

    monkeypatch.setattr(search_module, "explore", cut_short)
    call = ["explore", "fresh-route", "--client", "exactly-once", "--gateway", "leased-generation"]
    status, out, err = called(capsys, *call, "--seeds", "9", "--json")
    document = json.loads(out)
    assert (status, document["explored"], document["broken"]) == (1, 2, 0)
    assert "4 workers died one after the other" in err
    assert "while they played: the world of seed 2" in err
