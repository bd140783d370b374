"""A guest's process, from the world's side: it is forked, given its plan, and takes one turn after the other."""

import contextlib
import json
import os
import shutil
import signal
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from gateway_sim.scenarios.engines import guest
from gateway_sim.scenarios.engines.live.forkserver import ForkDied, Origin, forks
from gateway_sim.scenarios.sim.errors import GatewaySimError
from gateway_sim.scenarios.sim.scratch import scratch_folder

FOLDER: Final = Path(guest.__file__).parent
PACKAGE: Final = "gateway_sim_guest"
BOOT: Final = f"{PACKAGE}.boot"
LOADED_WITHIN_S: Final = 120.0
"""Real seconds for the imports of an SDK or a script."""
TURN_WITHIN_S: Final = 60.0
"""Real seconds for one turn of a guest; one that never waits is stopped then."""
QUIET: Final = {"TINKER_TELEMETRY": "0", "HF_HUB_OFFLINE": "1", "PYTHONWARNINGS": "ignore"}
SAME: Final = {"PYTHONHASHSEED": "0", "NO_PROXY": "*", "no_proxy": "*"}
"""The order of sets of strings is the same in every process, and no proxy of the machine is asked."""


class GuestDied(GatewaySimError):
    """The guest's process ended, or never waited, before it reported an end; the message says how."""


@dataclass(frozen=True)
class Turn:
    """What a guest did in one turn.

    `sent` lists (connection, kind, bytes); `deadline_s` is the time at which it wants the next turn, None without one;
    `ended` has the end of the program, and `refused` what it may not do in virtual time. `asked` is a question to the
    world, which the next turn answers.
    """

    sent: Sequence[tuple[int, str, bytes]]
    deadline_s: float | None
    refused: Sequence[str] = ()
    ended: Mapping[str, Any] | None = None
    asked: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Plan:
    """What a guest runs: a driver's standard input, or a script with its arguments."""

    seed: int
    hosts: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict)
    stdin: str = ""
    script: str | None = None
    argv: Sequence[str] = ()


def driver_origin(python: Path, folder: Path, name: str, *words: str) -> Origin:
    """Return the process that has loaded a driver in an SDK's environment."""
    return Origin(str(python), str(FOLDER), BOOT, ("driver", str(folder), name, *words), environ={**QUIET, **SAME})


def script_origin(python: str, script: Path) -> Origin:
    """Return the process that has imported what a script imports; a script that was changed has another one."""
    version = str(script.stat().st_mtime_ns) if script.exists() else ""
    return Origin(python, str(FOLDER), BOOT, ("script", str(script), version), environ=SAME)


def app_origin(python: str, app: str, folder: Path) -> Origin:
    """Return the process that has imported what the module of an application ("module:name") in a folder imports."""
    return Origin(python, str(FOLDER), BOOT, ("app", app, str(folder)), environ=SAME)


def test_origin(python: str, options: Path) -> Origin:
    """Return the process that has collected the file of tests which the file of pytest's options names."""
    return Origin(python, str(FOLDER), BOOT, ("test", str(options)), environ=SAME)


class GuestProcess:
    """One run of a guest."""

    def __init__(self, role: str, origin: Origin) -> None:
        self._folder = Path(scratch_folder(in_memory=False))
        self._paths = {name: self._folder / name for name in ("stdout", "stderr")}
        for path in self._paths.values():
            path.touch()
        self._read = dict.fromkeys(self._paths, 0)
        self._socket: socket.socket | None
        self._socket, self._errors = forks.fork(role, origin)
        self._buffer = b""
        self._pid: int | None = None
        try:
            self._pid = self._answer(LOADED_WITHIN_S)["pid"]
        except GuestDied:
            told = _end_of(self._errors)
            self.close()
            forks.close(role)
            raise ForkDied(told or f"it did not load within {LOADED_WITHIN_S:g} s") from None

    def begin(self, plan: Plan, now_s: float) -> Turn:
        """Give the guest its plan, and return its first turn. Raises `GuestDied`."""
        told = {"output": str(self._paths["stdout"]), "errors": str(self._paths["stderr"]), "now_s": now_s}
        return self._turn({**vars(plan), **told})

    def turn(self, now_s: float, arrived: Sequence[tuple[int, str, bytes]], **words: Any) -> Turn:
        """Let the guest run until all its threads wait. Raises `GuestDied`.

        Further words are `answer`, to what it asked, and `stop`, the reason for which it has to end.
        """
        told = [[number, kind, data.decode("latin-1")] for number, kind, data in arrived]
        return self._turn({"now_s": now_s, "arrived": told, **words})

    def printed(self) -> list[tuple[str, str]]:
        """Return what the guest has written since the last call: (stream, text)."""
        found = []
        for name, path in self._paths.items():
            if path.stat().st_size > self._read[name]:
                with path.open("rb") as file:
                    file.seek(self._read[name])
                    data = file.read()
                self._read[name] += len(data)
                found.append((name, data.decode(errors="replace")))
        return found

    def kill(self) -> None:
        """Kill the process, from any thread; its present turn ends with `GuestDied`."""
        if self._pid is not None and self._socket is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def close(self) -> None:
        """End the process; one that has ended is no error."""
        if self._socket is None:
            return
        self.kill()
        self._socket.close()
        self._socket = None
        self._errors.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _turn(self, message: Mapping[str, Any]) -> Turn:
        assert self._socket is not None
        try:
            self._socket.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            raise GuestDied(self._last_words()) from None
        answer = self._answer(TURN_WITHIN_S)
        sent = [(number, kind, data.encode("latin-1")) for number, kind, data in answer["sent"]]
        return Turn(sent, answer.get("deadline_s"), answer["refused"], answer.get("ended"), answer.get("asked"))

    def _answer(self, within_s: float) -> dict[str, Any]:
        assert self._socket is not None
        self._socket.settimeout(within_s)
        while b"\n" not in self._buffer:
            try:
                piece = self._socket.recv(1 << 20)
            except TimeoutError:
                raise GuestDied(f"it did not wait for {within_s:g} s of real time; {self._where()}") from None
            except OSError:
                piece = b""
            if not piece:
                raise GuestDied(self._last_words())
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _where(self) -> str:
        """Return the line at which the guest runs; a signal makes it write its stack."""
        if self._pid is None:
            return "it was still loading"
        before = self._paths["stderr"].stat().st_size
        os.kill(self._pid, signal.SIGUSR1)
        assert self._socket is not None
        self._socket.settimeout(1.0)
        with contextlib.suppress(OSError):
            self._socket.recv(1, socket.MSG_PEEK)
        stack = self._paths["stderr"].read_bytes()[before:].decode(errors="replace").splitlines()
        at = next((line.strip() for line in stack if line.startswith("  File") and PACKAGE not in line), "")
        return f"it ran at {at}" if at else "it did not say where it was"

    def _last_words(self) -> str:
        words = self._paths["stderr"].read_text(errors="replace").strip()[-400:] or _end_of(self._errors)
        return f"its process died{': ' + words if words else ' without a word'}"


def _end_of(errors: IO[bytes]) -> str:
    errors.seek(0)
    return errors.read().decode(errors="replace").strip()[-400:]
