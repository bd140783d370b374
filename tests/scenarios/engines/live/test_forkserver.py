"""Processes that are forks of one that has imported everything."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway_sim.scenarios.engines.live import forkserver
from gateway_sim.scenarios.engines.live.forkserver import ForkDied, Forks, Origin

SCRIPT = """
import json, os, sys
def load():
    assert sys.argv[1] == "loud"
def main():
    print(json.dumps({"words": sys.argv[1:], "parent": os.getppid()}), flush=True)
    for line in sys.stdin:
        if line == "die\\n":
            sys.exit("I was told to")
        print("you said", line, end="", flush=True)
"""


def origin(folder: Path, script: str = SCRIPT) -> Origin:
    """Return an origin whose module is the script."""
    (folder / "echo_of_mine.py").write_text(script)
    return Origin(sys.executable, str(folder), "echo_of_mine", ("loud",))


def gone(pid: int) -> bool:
    """Say whether no process of that number runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_two_forks_of_one_origin_share_its_imports_and_nothing_else(tmp_path: Path) -> None:
    """Both have the same parent, each its own words and its own lines."""

    async def main() -> list[object]:
        forks = Forks()
        first = await forks.start("echo", origin(tmp_path), ["a"])
        second = await forks.start("echo", origin(tmp_path), ["b"])
        told = [json.loads(await fork.line()) for fork in (first, second)]
        await first.write(b"hello")
        heard = await first.line()
        await first.end()
        await second.write(b"still there?")
        answer = await second.line()
        await second.end()
        forks.close_all()
        return [told[0]["words"], told[1]["words"], told[0]["parent"] == told[1]["parent"], heard, answer]

    assert asyncio.run(main()) == [["a"], ["b"], True, b"you said hello\n", b"you said still there?\n"]


def test_the_last_words_of_a_fork_that_died_are_kept(tmp_path: Path) -> None:
    """Whoever asks why a process ended reads what it wrote on standard error."""

    async def main() -> str:
        forks = Forks()
        fork = await forks.start("echo", origin(tmp_path))
        await fork.line()
        await fork.write(b"die")
        assert await fork.line() == b""
        words = fork.last_words()
        await fork.end()
        forks.close_all()
        return words

    assert "I was told to" in asyncio.run(main())


def test_an_origin_that_cannot_be_imported_is_an_error_and_the_next_one_is_tried_anew(tmp_path: Path) -> None:
    """The failure is of that start alone."""

    async def main() -> bytes:
        forks = Forks()
        with pytest.raises(ForkDied):
            await forks.start("echo", origin(tmp_path, "import a_module_that_nobody_has"))
        fork = await forks.start("echo", origin(tmp_path))
        line = await fork.line()
        await fork.end()
        forks.close_all()
        return line

    assert b"words" in asyncio.run(main())


def test_a_fork_ends_when_whoever_waits_for_its_birth_gives_up(tmp_path: Path) -> None:
    """A world that is called off while its pod is still being loaded does not wait for it, and leaves nothing."""
    slow = origin(tmp_path, "import time, os, pathlib\ntime.sleep(0.5)\n" + SCRIPT)

    async def main() -> None:
        forks = Forks()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await forks.start("echo", slow)
        await asyncio.sleep(1.0)
        forks.close_all()

    asyncio.run(main())
    mine = [int(p.name) for p in Path("/proc").glob("[0-9]*") if str(tmp_path) in _command_line(p)]
    assert [pid for pid in mine if pid != os.getpid() and not gone(pid)] == []


def _command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_text()
    except OSError:
        return ""


STUBBORN = """
import os, time
def load(): pass
def main():
    time.sleep(600)
"""
DIES = """
import asyncio, os, sys
from gateway_sim.scenarios.engines.live.forkserver import Forks, Origin

async def main():
    fork = await Forks().start("stubborn", Origin(sys.executable, sys.argv[1], "echo_of_mine"))
    print(fork._pid, flush=True)
    os._exit(1)

asyncio.run(main())
"""


def test_a_fork_that_does_not_listen_goes_with_whoever_started_it(tmp_path: Path) -> None:
    """A crash leaves no process: not even one that never looks at its standard input again."""
    origin(tmp_path, STUBBORN)
    crashed = subprocess.run([sys.executable, "-c", DIES, tmp_path], capture_output=True, text=True, timeout=60)
    pid = int(crashed.stdout)
    deadline_s = time.monotonic() + 10
    while not gone(pid) and time.monotonic() < deadline_s:
        time.sleep(0.02)
    assert gone(pid)


@pytest.mark.slow
def test_a_stopped_origin_holds_up_neither_a_start_nor_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that a signal has stopped answers nothing and does not end by itself: it is killed in the end."""

    async def main() -> list[int]:
        forks = Forks()
        await (await forks.start("echo", origin(tmp_path))).end()
        monkeypatch.setattr(forkserver, "BORN_WITHIN_S", 0.3)
        monkeypatch.setattr(forkserver, "ENDS_WITHIN_S", 0.3)
        stopped = []
        for how in ("by a start", "at the end"):
            forks.load("echo", origin(tmp_path))
            process = forks._origins["echo"][2]
            process.send_signal(signal.SIGSTOP)
            stopped.append(process.pid)
            if how == "by a start":
                with pytest.raises(ForkDied, match=r"did not load within 0\.3 s"):
                    await forks.start("echo", origin(tmp_path))
        forks.close_all()
        return stopped

    assert list(map(gone, asyncio.run(main()))) == [True, True]
