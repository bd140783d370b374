"""The folders of worlds' files: a process has one that holds them all, and no end of the process leaves it behind."""

import atexit
import contextlib
import os
import shutil
import subprocess
import tempfile
from functools import lru_cache
from typing import Final

IN_MEMORY = "/dev/shm"
ROOM = 4 * 2**30
"""The bytes that must be free there; the largest scenario writes a tenth of them."""
REMOVER: Final = """
read -r _
[ -e "$1" ] || exit 0
rm -rf -- "$1"
# a pod that outlives its parent for a moment may write again
sleep 2
rm -rf -- "$1"
"""
"""Waits until its input closes, as it does at any end of the process that started it, and removes the folder `$1`."""


@lru_cache(maxsize=1)
def scratch_root() -> str:
    """Return the parent of virtual worlds' folders: memory where there is room, as an fsync of a disk is real time."""
    if os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free >= ROOM:
        return IN_MEMORY
    return tempfile.gettempdir()


class _OfProcess:
    """The folder of this process under one root, with the process that removes it if this one is killed."""

    def __init__(self, root: str) -> None:
        self.path = tempfile.mkdtemp(prefix="gateway-sim-", dir=root)
        self._remover: subprocess.Popen[bytes] | None = None
        # without a shell, only a process that is killed leaves its folder
        with contextlib.suppress(OSError):
            self._remover = subprocess.Popen(
                ["/bin/sh", "-c", REMOVER, "sh", self.path], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    def remove(self) -> None:
        """Remove the folder and end the other process."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._remover is not None:
            assert self._remover.stdin is not None
            self._remover.stdin.close()
            self._remover.wait()


_folders: dict[tuple[int, str], _OfProcess] = {}
"""By process and root, because a fork has folders of its own."""


def scratch_folder(*, in_memory: bool) -> str:
    """Return a new folder for the files of one world, which removes it; it is gone when this process has ended."""
    root = scratch_root() if in_memory else tempfile.gettempdir()
    mine = (os.getpid(), root)
    if mine in _folders and not os.path.isdir(_folders[mine].path):
        # a cleaner of old temporary files has been here
        _folders.pop(mine).remove()
    if mine not in _folders:
        _folders[mine] = _OfProcess(root)
    return tempfile.mkdtemp(prefix="world-", dir=_folders[mine].path)


@atexit.register
def _leave_nothing() -> None:
    for (process, _), folder in _folders.items():
        if process == os.getpid():
            folder.remove()
