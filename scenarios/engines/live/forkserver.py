"""Processes with slow imports: one process imports the module, and every other one is a fork of it."""

import asyncio
import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from gateway_sim.scenarios.engines.live import drivers
from gateway_sim.scenarios.sim.errors import GatewaySimError

SCRIPT = Path(drivers.__file__).with_name("prefork.py")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Keeps libraries from starting threads at import, because a fork does not copy threads."""


LONGEST_LINE = 2**22
"""The bytes of the longest line that a fork may write."""
BORN_WITHIN_S = 60.0
"""The seconds for the imports of an origin and a fork."""
ENDS_WITHIN_S = 5.0
"""The seconds that an origin has to end by itself."""


class ForkDied(GatewaySimError):
    """The process ended before it reported its pid; the message ends with its last output."""


@dataclass(frozen=True)
class Origin:
    """The process that is forked: `python` runs `module.main()` from `folder`, with the arguments `words`."""

    python: str
    folder: str
    module: str
    words: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict, hash=False)


class Fork:
    """One forked process, with its lines of input and output."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, errors: IO[bytes]) -> None:
        self._writer = writer
        self._errors = errors
        self._pid: int | None = None
        self._lines: asyncio.Queue[bytes] = asyncio.Queue()
        self._reading = asyncio.get_running_loop().create_task(self._read(reader), name="read a fork")

    async def born(self) -> None:
        """Wait until the process reports its pid. Raises `ForkDied`."""
        if not (line := await self.line()):
            raise ForkDied(self.last_words())
        self._pid = json.loads(line)["pid"]

    async def line(self) -> bytes:
        """Return its next line of output; an empty line once it has ended."""
        if self._reading.done() and self._lines.empty():
            return b""
        return await self._lines.get()

    async def write(self, line: bytes) -> None:
        """Write a line to its standard input."""
        self._writer.write(line + b"\n")
        await self._writer.drain()

    def last_words(self) -> str:
        """Return the end of its standard error."""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace").strip()[-400:]

    async def end(self, within_s: float = 0.0) -> None:
        """Terminate it; kill it if it has not ended `within_s` later. An ended process is no error."""
        if within_s and self._pid is not None:
            self.send_signal(signal.SIGTERM)
            await asyncio.wait([self._reading], timeout=within_s)
        self.send_signal(signal.SIGKILL)
        if self._pid is None:
            # a process that starts later finds its socket closed, and ends
            self._reading.cancel()
        await asyncio.wait([self._reading])
        self._writer.close()
        self._errors.close()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(ConnectionResetError):
            while line := await reader.readline():
                self._lines.put_nowait(line)
        self._lines.put_nowait(b"")

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        # the process runs while its output is open, so the pid is not reused yet
        if not self._reading.done() and self._pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, number)


class Forks:
    """The running origins of this process, one per `role`; they end with this process."""

    def __init__(self) -> None:
        self._origins: dict[str, tuple[Origin, socket.socket, subprocess.Popen[bytes]]] = {}

    def fork(self, role: str, origin: Origin, words: Sequence[str] = ()) -> tuple[socket.socket, IO[bytes]]:
        """Fork the role's origin, with `words` as further arguments; it writes its pid once it is loaded.

        Return this end of its standard input and output, and the file of its standard error. Raises `ForkDied`.
        """
        control = self.load(role, origin)
        ours, theirs = socket.socketpair()
        errors = tempfile.TemporaryFile()  # noqa: SIM115  # the fork writes to it until it ends
        with theirs:
            try:
                socket.send_fds(control, [json.dumps(list(words)).encode()], [theirs.fileno(), errors.fileno()])
            except OSError as gone:
                self.close(role)
                ours.close()
                errors.close()
                raise ForkDied(f"{origin.module} could not be loaded ({gone})") from gone
        return ours, errors

    async def start(self, role: str, origin: Origin, words: Sequence[str] = ()) -> Fork:
        """Fork the role's origin, with `words` as further arguments. Raises `ForkDied`."""
        ours, errors = self.fork(role, origin, words)
        reader, writer = await asyncio.open_unix_connection(sock=ours, limit=LONGEST_LINE)
        fork = Fork(reader, writer, errors)
        try:
            async with asyncio.timeout(BORN_WITHIN_S) as bound:
                await fork.born()
        except BaseException as unborn:
            await fork.end()
            if isinstance(unborn, ForkDied):
                self.close(role)
            if isinstance(unborn, TimeoutError) and bound.expired():
                self.close(role)
                raise ForkDied(f"{origin.module} did not load within {BORN_WITHIN_S:g} s") from None
            raise
        return fork

    def close(self, role: str) -> None:
        """End the role's origin, but not its forks."""
        _, control, _ = self._origins[role]
        with contextlib.suppress(OSError):
            control.send(b"null")
        self._end(role, os.kill)

    def close_all(self) -> None:
        """End every origin and its forks."""
        for role in list(self._origins):
            self._end(role, os.killpg)

    def _end(self, role: str, kill: Callable[[int, int], None]) -> None:
        _, control, process = self._origins.pop(role)
        control.close()
        try:
            process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            # a signal has stopped it, or it is still importing
            kill(process.pid, signal.SIGKILL)
            process.wait()

    def load(self, role: str, origin: Origin) -> socket.socket:
        """Start the role's origin unless it runs, and return its control socket; a different origin is closed."""
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
"""The origins of this process, which its worlds share."""
atexit.register(forks.close_all)
