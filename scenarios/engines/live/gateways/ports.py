"""The ports on which a process and its children listen, as Linux tells."""

import contextlib
import os
import re
from pathlib import Path
from typing import Final

LISTENS: Final = "0A"
"""The state of a listening socket in /proc/net/tcp."""


def ports_of(session: int) -> set[int]:
    """Return the TCP ports on which the processes of a session listen; empty on a system without /proc."""
    inodes = {inode for pid in _processes(session) for inode in _sockets(pid)}
    return {port for table in ("tcp", "tcp6") for port, inode in _listening(table) if inode in inodes}


def _processes(session: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ProcessLookupError):
            if os.getsid(int(folder.name)) == session:
                found.append(int(folder.name))
    return found


def _sockets(pid: int) -> set[str]:
    found = set()
    with contextlib.suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if named := re.fullmatch(r"socket:\[(\d+)\]", str(entry.readlink())):
                    found.add(named[1])
    return found


def _listening(table: str) -> list[tuple[int, str]]:
    """Return port and inode of each listening socket."""
    with contextlib.suppress(OSError):
        rows = [line.split() for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]]
        return [(int(row[1].rpartition(":")[2], 16), row[9]) for row in rows if row[3] == LISTENS]
    return []
