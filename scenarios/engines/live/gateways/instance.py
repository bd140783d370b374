"""One instance of a gateway as a process of its own, with its variables, its output and its port."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import shlex
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import aiohttp

from gateway_sim.scenarios.engines.live.gateways.ports import ports_of
from gateway_sim.scenarios.engines.live.scripts import KEEPER
from gateway_sim.scenarios.sim.errors import GatewaySimError
from gateway_sim.scenarios.sim.events import GatewayEnded, GatewayStarted

START_WITHIN_S: Final = 60.0
STOP_WITHIN_S: Final = 5.0
NOT_INHERITED: Final = (
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ENDPOINT_URL",
    "http_proxy",
    "HTTP_PROXY",
    "all_proxy",
    "ALL_PROXY",
)
"""Variables of this process that would lead an instance away from the world."""
ASK_EVERY_S: Final = 0.05
ANSWER_WITHIN_S: Final = 2.0
LAST_WORDS: Final = 600
"""The characters of an instance's output that an error quotes."""
KEPT_CHARACTERS: Final = 2**24
"""The characters of an instance's output that are kept beside a trace."""


class GatewayNotReady(GatewaySimError):
    """An instance of a gateway ended, or did not answer on its port."""


class GatewayCrashed(GatewaySimError):
    """An instance of a gateway ended by itself during a run."""


class GatewayInstance:
    """Runs `command` with the variables in `environ`, which name its `port`; it is ready when it answers `ready`.

    With a `ready` path, the answer must be a success; without, any answer to `/` will do. `output` gets what it writes.
    `crashed` is called if it ends by itself once it was ready.
    """

    ended_here = True

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environ: Mapping[str, str],
        host: str,
        port: int,
        ready: str | None,
        output: list[str],
        emit: Callable[[object], None],
        crashed: Callable[[GatewaySimError], None],
    ) -> None:
        self.name = name
        self.address = f"{host}:{port}"
        self._command = command
        self.environ = environ
        self._port = port
        self._ready = ready
        self._output = output
        self._emit = emit
        self._crashed = crashed
        self._process: asyncio.subprocess.Process | None = None
        self._following: asyncio.Task[None] | None = None
        self._ready_once = False
        self._kept = 0
        self._last_words = ""

    async def start(self) -> None:
        """Start the process, and return once it answers. Raises `GatewayNotReady`."""
        await self._end(signal.SIGKILL)
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-S", "-E", str(KEEPER), *self._command, stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
                env={**_inherited(), **self.environ}, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise GatewayNotReady(f"gateway instance {self.name} cannot be started: {error}") from None
        self._following = asyncio.get_running_loop().create_task(self._follow(self._process), name=f"read {self.name}")
        try:
            async with asyncio.timeout(START_WITHIN_S):
                why = await self._until_it_answers(self._process)
        except TimeoutError:
            why = self._silence(self._process.pid)
        if why:
            await self._end(signal.SIGKILL)
            raise GatewayNotReady(
                f"gateway instance {self.name} ({shlex.join(self._command)}) {why}{self.last_words()}"
            )
        self._ready_once = True
        self._emit(GatewayStarted(self.name, self.address))

    async def stop(self) -> None:
        """End the process in order (SIGTERM), and kill it if it has not ended `STOP_WITHIN_S` later."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """Kill the process (SIGKILL)."""
        await self._end(signal.SIGKILL)

    def last_words(self) -> str:
        """Return the end of the process's output as the end of a sentence."""
        said = self._last_words.strip()
        return f"; its last output: {said}" if said else "; it wrote no output"

    async def _until_it_answers(self, process: asyncio.subprocess.Process) -> str:
        """Return an empty text once it answers, or why it never will."""
        answering = asyncio.ensure_future(until_it_answers(self.address, self._ready))
        ending = asyncio.ensure_future(process.wait())
        try:
            await asyncio.wait([answering, ending], return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                return answering.result()
        finally:
            answering.cancel()
            ending.cancel()
        await self._drained()
        return f"ended with {_status(process.returncode or 0)} before it answered on port {self._port}"

    def _silence(self, pid: int) -> str:
        """Say what an instance did that did not become ready in time."""
        ports = ports_of(pid)
        if self._port in ports:
            asked = f"GET {self._ready}" if self._ready else "any request"
            return f"listens on port {self._port}, but did not answer {asked} with success within {START_WITHIN_S:g} s"
        if ports:
            found = " and ".join(map(str, sorted(ports)))
            return f"listens on port {found} instead of {self._port}: take the port from the variable PORT"
        return f"did not listen on port {self._port} within {START_WITHIN_S:g} s: take the port from the variable PORT"

    async def _follow(self, process: asyncio.subprocess.Process) -> None:
        """Keep the output; report an end that was not asked for."""
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        assert process.stdout is not None
        while piece := await process.stdout.read(1 << 16):
            text = decoder.decode(piece)
            self._last_words = (self._last_words + text)[-LAST_WORDS:]
            if kept := text[: KEPT_CHARACTERS - self._kept]:
                self._kept += len(kept)
                self._output.append(kept)
        status = await process.wait()
        if self._ready_once and process is self._process:
            how = f"by itself with {_status(status)}{self.last_words()}"
            self._emit(GatewayEnded(self.name, how))
            self._crashed(GatewayCrashed(f"gateway instance {self.name} ended {how}"))

    async def _drained(self) -> None:
        """Wait until the output of an ended process is read; a child of it may keep the pipe open."""
        if self._following is not None:
            await asyncio.wait([self._following], timeout=1.0)

    async def _end(self, number: signal.Signals) -> None:
        """Send a signal to the process and its children, and return when they have ended."""
        process, was_ready = self._process, self._ready_once
        self._process, self._ready_once = None, False
        if process is None:
            return
        served = was_ready and process.returncode is None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_WITHIN_S)
        # children that outlived it
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        await self._drained()
        if self._following is not None:
            self._following.cancel()
        if served:
            self._emit(GatewayEnded(self.name, f"by {number.name}"))


async def until_it_answers(address: str, ready: str | None) -> str:
    """Return an empty text once a request to an address is answered, or what is wrong with the answer."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)) as session:
        while True:
            try:
                async with session.get(f"http://{address}{ready or '/'}", allow_redirects=False) as answer:
                    if ready is None or answer.status < 300:
                        return ""
            except (aiohttp.ClientResponseError, aiohttp.ClientPayloadError) as garbage:
                return f"answers at {address} with something that is not HTTP ({garbage})"
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(ASK_EVERY_S)


def _status(status: int) -> str:
    # the keeper's own signal, or one that it saw
    number = -status if status < 0 else status - 128
    return f"signal {number}" if number > 0 else f"exit status {status}"


def _inherited() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}


class RunningInstance:
    """An instance that the user runs; the laboratory neither starts nor ends it."""

    ended_here = False

    def __init__(self, name: str, url: str, environ: Mapping[str, str], ready: str | None) -> None:
        self.name = name
        self.environ = environ
        self.address = url.removeprefix("http://").rstrip("/")
        self._ready = ready

    async def start(self) -> None:
        """Wait until it answers. Raises `GatewayNotReady`."""
        try:
            async with asyncio.timeout(START_WITHIN_S):
                why = await until_it_answers(self.address, self._ready)
        except TimeoutError:
            why = f"did not answer within {START_WITHIN_S:g} s"
        if why:
            raise GatewayNotReady(f"gateway instance {self.name} at http://{self.address} {why}")

    async def stop(self) -> None:
        """Refuse. Raises `GatewaySimError`."""
        raise self._not_ours("stop")

    async def kill(self) -> None:
        """Refuse. Raises `GatewaySimError`."""
        raise self._not_ours("kill")

    def _not_ours(self, verb: str) -> GatewaySimError:
        return GatewaySimError(
            f"gateway instance {self.name} at {self.address} cannot be made to {verb}: you run it; name its command "
            "with --gateway-command and the laboratory will"
        )
