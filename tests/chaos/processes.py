"""Processes as /proc tells of them: by their parent, by an inherited variable, and by the ports that they listen at."""

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

MARK = "GATEWAY_SIM_CHAOS_RUN"
"""The variable by which the processes of a run are known; each inherits it."""


def children(parent: int) -> list[int]:
    """Return the processes that a process has started, and that run, the oldest first."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, above = stat.read_text().rpartition(")")[2].split()[:2]
            if int(above) == parent and state != "Z":
                found.append(int(stat.parent.name))
    return sorted(found)


def command_line(process: int) -> str:
    """Return the words with which a process was started."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ").strip()
    return ""


def marked(mark: str) -> list[int]:
    """Return the running processes of the run with this mark; one that has ended has no variables."""
    wanted, found = f"{MARK}={mark}".encode(), []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if wanted in environ.read_bytes().split(b"\0"):
                found.append(int(environ.parts[2]))
    return found


def listening(processes: list[int]) -> Iterator[int]:
    """Yield the TCP ports at which processes listen."""
    sockets = set()
    for process in processes:
        with contextlib.suppress(OSError):
            for link in Path(f"/proc/{process}/fd").iterdir():
                with contextlib.suppress(OSError):
                    sockets.add(os.readlink(link))
    for row in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, *_, inode = row.split()[:10]
        if state == "0A" and f"socket:[{inode}]" in sockets:
            yield int(local.rpartition(":")[2], 16)


def answers(port: int) -> bool:
    """Say whether a connection to a port is accepted."""
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def kill_all(processes: list[int]) -> None:
    """Kill what a failed test has left."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
