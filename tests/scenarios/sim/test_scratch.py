"""The folders of worlds' files: gone with the process that made them, however it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

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
