"""A user's own script as the user of a world: what it wrote and how it ended, and its process on the real clock."""

import asyncio
import codecs
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from gateway_sim.scenarios.engines.live import drivers
from gateway_sim.scenarios.engines.live.ack_tracker import AckTracker
from gateway_sim.scenarios.engines.live.platform import leg_of_failure, serve_platform
from gateway_sim.scenarios.sim import events
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.scenarios.world.account import sdk_environ, world_environ
from gateway_sim.scenarios.world.builder import World

KEEPER: Final = Path(drivers.__file__).with_name("keep.py")
"""Runs a command, and ends it when this process ends, however it ends."""
PRINTED_LINES: Final = 1000
"""The lines of a script's output that a trace keeps."""
KEPT_CHARACTERS: Final = 2**26
"""The characters of a stream that are kept beside a trace."""
PRINTED_WIDTH: Final = 500
"""The characters of a line that a trace keeps."""
REPORTED_WITHIN_S: Final = 2.0
"""The seconds within which a pod reports a delivered result."""


class ScriptReports:
    """Emits the events of a script: its steps as wire and pod report them, its output by line, and its end."""

    def __init__(self, trace: Trace) -> None:
        self.acks = AckTracker()
        self._trace = trace
        self._emit = trace.emitter("user")
        self._lines = 0
        self._partial = {"stdout": "", "stderr": ""}
        self._kept = dict.fromkeys(self._partial, 0)
        trace.outputs.update((stream, []) for stream in self._partial)
        trace.watch(self._read)

    def wrote(self, stream: str, text: str) -> None:
        """Take a piece of the script's output to "stdout" or "stderr"."""
        piece = text[: KEPT_CHARACTERS - self._kept[stream]]
        self._kept[stream] += len(piece)
        self._trace.outputs[stream].append(piece)
        *lines, self._partial[stream] = (self._partial[stream] + text).split("\n")
        for line in lines:
            self._print(stream, line)

    def over(self, status: int, error: Mapping[str, Any] | None = None) -> None:
        """Report the script's end: its exit status, or the exception (`type`, `module`, `message`, `http_status`)."""
        for stream, rest in self._partial.items():
            if rest:
                self._print(stream, rest)
        if self._lines > PRINTED_LINES:
            self._emit(events.ScriptPrinted("stdout", f"... and {self._lines - PRINTED_LINES} more lines"))
        if status == 0:
            self._emit(events.RunFinished(self.acks.acknowledged))
            return
        error = error or {"type": "SystemExit", "message": _end_of(status)}
        module = error.get("module", "builtins")
        named = error["type"] if module in ("builtins", "__main__") else f"{module}.{error['type']}"
        message = f"{named}: {error['message']}"
        leg = leg_of_failure(self._trace)
        self._emit(events.RunFailed(error["type"], error.get("http_status"), leg, message))

    def _print(self, stream: str, line: str) -> None:
        self._lines += 1
        if self._lines <= PRINTED_LINES:
            self._emit(events.ScriptPrinted(stream, line[:PRINTED_WIDTH]))

    def _read(self, event: object) -> None:
        if self.acks.completes_step(event):
            self._emit(events.StepAcknowledged(self.acks.acknowledged))


class ScriptProcess:
    """A script as a process on the real clock."""

    def __init__(self, trace: Trace, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self._command = command
        self._environ = environ
        self._emit = trace.emitter("user")
        self._reports = ScriptReports(trace)
        self._process: asyncio.subprocess.Process | None = None

    async def train(self) -> None:
        """Run the script to its end."""
        self._emit(events.RunStarted(0))
        pipe = asyncio.subprocess.PIPE
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable, "-S", "-E", str(KEEPER), *self._command, stdin=pipe, stdout=pipe, stderr=pipe,
            env={**os.environ, **self._environ}, start_new_session=True,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        await asyncio.gather(self._follow("stdout", process.stdout), self._follow("stderr", process.stderr))
        status = await process.wait()
        await self._reports.acks.settled(REPORTED_WITHIN_S)
        self._reports.over(status)

    async def close(self) -> None:
        """End the process; one that has ended is no error."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()

    async def _follow(self, stream: str, reader: asyncio.StreamReader) -> None:
        # a piece may end within a character
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        while piece := await reader.read(1 << 16):
            self._reports.wrote(stream, decoder.decode(piece))


def environ_of(address: str) -> dict[str, str]:
    """Return the variables that tell a script the world whose platform is at `address`."""
    return {**sdk_environ(f"http://{address}"), **world_environ(f"http://{address}")}


def script_process(python: str, script: Path, argv: Sequence[str]) -> Callable[[World], Awaitable[ScriptProcess]]:
    """Return the factory of a live world whose user is this script, run by this interpreter."""

    async def make(world: World) -> ScriptProcess:
        return ScriptProcess(world.trace, [python, str(script), *argv], environ_of(await serve_platform(world)))

    return make


def _end_of(status: int) -> str:
    # the script's own, or its keeper's
    number = -status if status < 0 else status - 128
    return f"the script was ended by signal {number}" if number > 0 else f"the script ended with exit status {status}"
