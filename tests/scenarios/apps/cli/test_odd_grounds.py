"""The command on odd grounds: a run is as everywhere, or one sentence says what is missing; never a traceback."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.house import ROOT

pytestmark = pytest.mark.slow

ONE_STEP = ("run", "healthy", "--set", "steps=1", "--set", "save_every=1", "--set", "start_s=0.1")
LIVE = (*ONE_STEP, "--engine", "live")
SWEEP = ("run", "fresh-route", "--seeds", "100", "--jobs", "2")


@dataclass
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """Return the only sentence of an error."""
        (found,) = [line for line in self.err.splitlines() if line.startswith("gateway-sim: ")]
        return found


def command(
    *words: str, shell: str = "", environ: Mapping[str, str | None] | None = None, cwd: Path | None = None
) -> Ended:
    """Run the command line, after the lines of a shell; None unsets a variable."""
    told = {**os.environ, "PYTHONPATH": str(ROOT), **(environ or {})}
    ended = subprocess.run(
        ["bash", "-c", f'{shell or "exec"} "$@"', "bash", sys.executable, "-m", "gateway_sim", *words],
        capture_output=True, timeout=120, cwd=cwd or ROOT, stdin=subprocess.DEVNULL,
        env={name: value for name, value in told.items() if value is not None},
    )  # fmt: skip
    out, err = ended.stdout.decode(errors="replace"), ended.stderr.decode(errors="replace")
    assert "Traceback" not in err, err
    assert "defect of ours" not in err, err
    return Ended(ended.returncode, out, err)


def verdict(ended: Ended) -> tuple[int, str]:
    """Return a run's status and verdict."""
    assert ended.out, ended.err
    return ended.status, json.loads(ended.out)["verdict"]


@pytest.fixture(scope="module")
def namespaces() -> None:
    """Skip where this user may not mount anything, not even for one process."""
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
        pytest.skip("no mounts of one's own here: this needs root, or util-linux's unshare")


ELSEWHERE: list[tuple[str, Mapping[str, str | None], str]] = [
    ("no home", {"HOME": None}, ""),
    ("a home that cannot be written", {"HOME": "/proc/version"}, ""),
    ("an odd locale", {"LC_ALL": "tr_TR.UTF-8"}, ""),
    ("a terminal that knows ASCII only", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, ""),
    ("an odd time zone", {"TZ": "Pacific/Chatham"}, ""),
    ("a low limit of open files", {}, "ulimit -S -n 24; exec"),
    ("no open file to spare", {}, "ulimit -n 64; exec"),
    ("no stdin", {}, "exec <&-;"),
    ("no folder for temporary files", {"TMPDIR": "/proc/nothing"}, ""),
]


@pytest.mark.parametrize(("environ", "shell"), [pytest.param(*row[1:], id=row[0]) for row in ELSEWHERE])
def test_a_live_run_is_as_everywhere(environ: Mapping[str, str | None], shell: str) -> None:
    """Sockets, pods and checkpoints need none of this."""
    assert verdict(command(*LIVE, "--json", environ=environ, shell=shell)) == (0, "kept")


def test_a_command_without_any_stream_still_runs(tmp_path: Path) -> None:
    """As cron and some supervisors start it; its sockets do not take the places of the streams."""
    trace = tmp_path / "trace.txt"
    assert command(*LIVE, "--trace", str(trace), shell="exec <&- >&- 2>&-;").status == 0
    assert "run finished" in trace.read_text()


@pytest.mark.parametrize("words", [("list",), ("explain", "fresh-route")], ids=" ".join)
def test_a_character_that_the_terminal_lacks_is_escaped(words: tuple[str, ...]) -> None:
    """Tables and pages' names have signs that ASCII has not."""
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ended = command(*words, environ=ascii_only)
    assert (ended.status, ended.out.isascii()) == (0, True)
    assert "\\xa7" in ended.out


@pytest.mark.parametrize("words", [ONE_STEP, LIVE, ("list",)], ids=["virtual", "live", "list"])
def test_an_output_on_a_full_disk_is_one_sentence(words: tuple[str, ...]) -> None:
    """The status says that it failed."""
    ended = command(*words, shell="exec >/dev/full;")
    assert ended.status == 1
    assert "No space left on device" in ended.sentence


@pytest.mark.parametrize("words", [("list",), (*ONE_STEP, "--json"), ("explain", "fresh-route")], ids=" ".join)
def test_a_reader_that_wants_no_more_is_no_error(words: tuple[str, ...]) -> None:
    """`| head -1` closes the pipe."""
    ended = command(*words, shell='f() { "$@" | head -c 1; }; f')
    assert [line for line in ended.err.splitlines() if line.startswith("gateway-sim: ")] == []
    assert "Exception ignored" not in ended.err


def test_a_hard_limit_of_open_files_that_is_too_low_is_one_sentence_before_any_work() -> None:
    """A world that runs out of files would fail in its servers, with a traceback for each connection."""
    ended = command(*LIVE, shell="ulimit -n 24; exec")
    assert ended.status == 2
    assert "ulimit -n 4096" in ended.sentence


def test_a_path_with_spaces_and_other_letters(tmp_path: Path) -> None:
    """For the folder, the temporary files, the script and what is written."""
    odd = tmp_path / "ä ö ☃ 'x; $HOME"
    odd.mkdir()
    for guest in (ROOT / "tests" / "scenarios" / "engines" / "guest" / "guests").glob("*.py"):
        shutil.copy(guest, odd)
    files = ("--trace", "t ä.txt", "--html", "h ☃.html")
    words = ("run", "healthy", "--script", "with_httpx.py", "--set", "start_s=0.1", *files, "--json")
    for engine in ("virtual", "live"):
        assert verdict(command(*words, "--engine", engine, environ={"TMPDIR": str(odd)}, cwd=odd)) == (0, "kept")
        assert (odd / "t ä.txt").exists()
    assert list(odd.glob("gateway-sim-*")) == []


SHM = "umount /dev/shm 2>/dev/null; mount -t tmpfs -o size=4k,mode=0555,nr_inodes=1 none /dev/shm"


@pytest.mark.usefixtures("namespaces")
def test_without_shared_memory_a_run_is_as_everywhere_and_a_sweep_says_what_to_do() -> None:
    """A sweep's processes share semaphores, which Linux keeps there."""
    without = f'f() {{ unshare -m bash -c \'{SHM}; exec "$@"\' bash "$@"; }}; f'
    assert verdict(command(*ONE_STEP, "--json", shell=without)) == (0, "kept")
    ended = command(*SWEEP, shell=without)
    assert ended.status == 1
    assert "run it with --jobs 1" in ended.sentence


@pytest.mark.usefixtures("namespaces")
def test_a_full_disk_under_the_checkpoints_ends_the_run_and_says_so(tmp_path: Path) -> None:
    """The pod answers what the system said; the trainer's user reads it."""
    disk = f"mount -t tmpfs -o size=64k none {tmp_path}"
    small = f'f() {{ unshare -m bash -c \'{disk}; exec "$@"\' bash "$@"; }}; f'
    ended = command(*LIVE, "--set", "lora_rank=64", "--json", environ={"TMPDIR": str(tmp_path)}, shell=small)
    told = json.loads(ended.out)
    assert (ended.status, told["verdict"], told["outcome"]) == (1, "broken", "failed_fast")
    assert "could not be written" in told["error"]["message"]


JUMPS = """
import itertools, sys, time
real, jumps = time.time, itertools.cycle([0.0, 86400.0, -3600.0, 1e9, -1e9])
time.time = lambda: real() + next(jumps)
from gateway_sim.scenarios.apps.cli import main
main(sys.argv[1:])
"""


def test_a_clock_that_jumps_does_not_reach_a_live_run() -> None:
    """Waits, limits and the trace are on the monotonic clock; only a date in Retry-After and a lease have the other."""
    ended = subprocess.run(
        [sys.executable, "-c", JUMPS, *LIVE, "--json"], capture_output=True, text=True, timeout=120, cwd=ROOT
    )
    assert "Traceback" not in ended.stderr
    assert verdict(Ended(ended.returncode, ended.stdout, ended.stderr)) == (0, "kept")
