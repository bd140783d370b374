"""The folders of worlds' files: gone with the process that made them, however it ends."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from gateway_sim.scenarios.sim import scratch
from gateway_sim.scenarios.sim.scratch import scratch_folder

MAKES_ONE = """
import sys
from gateway_sim.scenarios.sim.scratch import scratch_folder
folder = scratch_folder(in_memory=False)
open(folder + "/a checkpoint", "w").close()
print(folder, flush=True)
sys.stdin.read()
"""


def folders(temporary: Path) -> list[Path]:
    """Return what processes have left in a temporary folder."""
    return list(temporary.glob("gateway-sim-*"))


@pytest.mark.parametrize("number", [None, signal.SIGTERM, signal.SIGKILL], ids=["in order", "SIGTERM", "SIGKILL"])
def test_no_end_of_a_process_leaves_its_folder(number: signal.Signals | None, tmp_path: Path) -> None:
    """A killed process cannot tidy up; another one does."""
    temporary = tmp_path / "a b; $HOME 'c'\nd"
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", MAKES_ONE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline()
    assert len(folders(temporary)) == 1
    if number is not None:
        process.send_signal(number)
    process.communicate()
    deadline_s = time.monotonic() + 30.0
    while folders(temporary) and time.monotonic() < deadline_s:
        time.sleep(0.02)
    assert folders(temporary) == []
    assert temporary.exists()


def test_worlds_of_a_process_have_folders_of_their_own_side_by_side() -> None:
    """What one world removes is not another's; all lie in one folder."""
    first, second = Path(scratch_folder(in_memory=True)), Path(scratch_folder(in_memory=True))
    assert first != second
    assert first.parent == second.parent
    first.rmdir()
    second.rmdir()


def test_a_folder_that_was_removed_from_outside_is_made_again() -> None:
    """A cleaner of old temporary files does not end a long session."""
    folder = Path(scratch_folder(in_memory=True))
    folder.rmdir()
    folder.parent.rmdir()
    again = Path(scratch_folder(in_memory=True))
    assert again.is_dir()
    again.rmdir()


@pytest.mark.parametrize(
    ("writable", "free", "in_memory"),
    [(True, 4 * 2**30, True), (True, 4 * 2**30 - 1, False), (False, 2**40, False)],
)
def test_worlds_are_in_memory_where_it_has_room(
    writable: bool, free: int, in_memory: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """4 GiB; otherwise on the disk of temporary files."""
    monkeypatch.setattr(scratch.os, "access", lambda path, mode: writable and (path, mode) == ("/dev/shm", os.W_OK))
    monkeypatch.setattr(scratch.shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    root = scratch.scratch_root.__wrapped__()
    assert root == ("/dev/shm" if in_memory else tempfile.gettempdir())


def test_a_process_leaves_only_its_own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Those of the process that it was forked from are removed by that one."""
    monkeypatch.setattr(scratch, "_folders", {})
    monkeypatch.setattr(scratch, "scratch_root", lambda: str(tmp_path))
    mine = Path(scratch_folder(in_memory=True))
    assert (mine.parent.parent, mine.parent.name[:12], mine.name[:6]) == (tmp_path, "gateway-sim-", "world-")
    ((_, folder),) = scratch._folders.items()
    others = SimpleNamespace(remove=lambda: removed.append("other"))
    removed: list[str] = []
    scratch._folders[os.getpid() + 1, str(tmp_path)] = others  # type: ignore[assignment]
    scratch._leave_nothing()
    assert not mine.parent.exists()
    assert removed == []
    assert folder._remover is not None
    assert folder._remover.returncode == 0


def test_a_machine_without_a_shell_has_folders_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only a process that is killed leaves one then."""

    def no_shell(words: Sequence[str], **options: object) -> None:
        asked.append((words, options))
        raise FileNotFoundError("/bin/sh")

    asked: list[tuple[Sequence[str], dict[str, object]]] = []
    monkeypatch.setattr(scratch.subprocess, "Popen", no_shell)
    folder = scratch._OfProcess(str(tmp_path))
    # it outlives this process: it must hold none of its outputs open, and get no signal of its terminal
    ((words, options),) = asked
    assert (words[0], words[-1]) == ("/bin/sh", folder.path)
    closed = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    assert options == {"stdin": subprocess.PIPE, **closed, "start_new_session": True}
    assert Path(folder.path).is_dir()
    folder.remove()
    folder.remove()
    assert not Path(folder.path).exists()
