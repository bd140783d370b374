"""Processes of a kind that is slow to import: the first is imported once, and every one is a fork of it."""

import asyncio
import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from scenarios.engines.live import drivers
from scenarios.sim.errors import GatewaySimError

SCRIPT = Path(drivers.__file__).with_name("prefork.py")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""A fork copies no threads, so the libraries that would start some at import must not."""


class ForkDied(GatewaySimError):
    """The process ended before it said its number; the message ends with what it wrote last."""


@dataclass(frozen=True)
class Origin:
    """What the forks are forks of: `module.main()` under `python`, found in `folder`, started with `words`."""

    python: str
    folder: str
    module: str
    words: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict, hash=False)


class Fork:
    """One process: lines to it and from it, and its end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, errors: IO[bytes]) -> None:
        self._writer = writer
        self._errors = errors
        self._pid: int | None = None
        self._lines: asyncio.Queue[bytes] = asyncio.Queue()
        self._reading = asyncio.get_running_loop().create_task(self._read(reader), name="read a fork")

    async def born(self) -> None:
        """Wait for the process to say its number. Raises `ForkDied`."""
        if not (line := await self.line()):
            raise ForkDied(self.last_words())
        self._pid = json.loads(line)["pid"]

    async def line(self) -> bytes:
        """Return the next line that it wrote; nothing once it has ended."""
        if self._reading.done() and self._lines.empty():
            return b""
        return await self._lines.get()

    async def write(self, line: bytes) -> None:
        """Write a line to its standard input."""
        self._writer.write(line + b"\n")
        await self._writer.drain()

    def last_words(self) -> str:
        """Return the end of what it wrote on standard error."""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace").strip()[-400:]

    async def end(self, within_s: float = 0.0) -> None:
        """End it: asked to if it has `within_s` to comply, else killed. One that has ended already is no error."""
        if within_s and self._pid is not None:
            self._signal(signal.SIGTERM)
            await asyncio.wait([self._reading], timeout=within_s)
        self._signal(signal.SIGKILL)
        if self._pid is None:
            # a process that is born later finds its socket closed, and ends
            self._reading.cancel()
        await asyncio.wait([self._reading])
        self._writer.close()
        self._errors.close()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(ConnectionResetError):
            while line := await reader.readline():
                self._lines.put_nowait(line)
        self._lines.put_nowait(b"")

    def _signal(self, number: signal.Signals) -> None:
        # while its output is open it lives, so the number is its own
        if not self._reading.done() and self._pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, number)


class Forks:
    """The running origins of this process, one for each `role`; they end with it."""

    def __init__(self) -> None:
        self._origins: dict[str, tuple[Origin, socket.socket, subprocess.Popen[bytes]]] = {}

    async def start(self, role: str, origin: Origin, words: Sequence[str] = (), limit: int = 2**22) -> Fork:
        """Start a process of the origin, with lines of up to `limit` bytes. Raises `ForkDied`."""
        control = self._control(role, origin)
        ours, theirs = socket.socketpair()
        errors = tempfile.TemporaryFile()  # noqa: SIM115  # the fork's, until it ends
        with theirs:
            try:
                socket.send_fds(control, [json.dumps(list(words)).encode()], [theirs.fileno(), errors.fileno()])
            except OSError as gone:
                self.close(role)
                ours.close()
                errors.close()
                raise ForkDied(f"{origin.module} could not be loaded ({gone})") from gone
        reader, writer = await asyncio.open_unix_connection(sock=ours, limit=limit)
        fork = Fork(reader, writer, errors)
        try:
            await fork.born()
        except BaseException as unborn:
            await fork.end()
            if isinstance(unborn, ForkDied):
                self.close(role)
            raise
        return fork

    def load(self, role: str, origin: Origin) -> None:
        """Let the role's origin begin to load, before a process of it is started."""
        self._control(role, origin)

    def close(self, role: str) -> None:
        """End the role's origin; its forks live on."""
        _, control, _ = self._origins[role]
        with contextlib.suppress(OSError):
            control.send(b"null")
        self._end(role)

    def close_all(self) -> None:
        """End every origin, and what is left of its forks."""
        for role in list(self._origins):
            self._end(role)

    def _end(self, role: str) -> None:
        _, control, process = self._origins.pop(role)
        control.close()
        process.wait()

    def _control(self, role: str, origin: Origin) -> socket.socket:
        """Return the socket of the role's origin, started if need be; another origin of that role makes way."""
        if role in self._origins:
            known, control, process = self._origins[role]
            if known == origin and process.poll() is None:
                return control
            self.close(role)
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            process = subprocess.Popen(
                [origin.python, SCRIPT, str(theirs.fileno()), origin.folder, origin.module, *origin.words],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=[theirs.fileno()],
                start_new_session=True, env={**os.environ, **ONE_THREAD, **origin.environ},
            )  # fmt: skip
        self._origins[role] = (origin, control, process)
        return control


forks = Forks()
"""Those of this process: worlds played one after the other share them."""
atexit.register(forks.close_all)
