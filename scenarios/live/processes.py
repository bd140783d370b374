"""Trainer pods as processes: started with a configuration, read event by event, never left behind.

A pod ends when its standard input closes, so even a world that was killed leaves no pod.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import sys
from collections.abc import Callable
from typing import Any

from scenarios.world.engine import Emitter, PodDidNotStart
from scenarios.world.pods import pod_config
from scenarios.world.settings import Settings
from trainer_pod import events as pod_events

START_WITHIN_S = 60.0
STOP_WITHIN_S = 5.0


class PodProcesses:
    """The live launcher: one process a pod, its events re-emitted into the world's trace as they arrive."""

    def __init__(self, host: str, settings: Settings, emitter: Emitter, scratch: str) -> None:
        self._host = host
        self._settings = settings
        self._emitter = emitter
        self._scratch = scratch
        self._pods: dict[tuple[str, str, int], tuple[asyncio.subprocess.Process, asyncio.Task[None]]] = {}

    async def start(self, account: str, job: str, incarnation: int) -> str:
        """Start a pod's process and return its address once it says that it is ready. Raises `PodDidNotStart`."""
        config = pod_config(self._settings, account, job, incarnation, self._scratch)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "trainer_pod", "--host", self._host, "--port", "0",
            "--config", json.dumps(dataclasses.asdict(config)),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            limit=2**20,
        )  # fmt: skip
        emit = self._emitter(f"pod-{job}-{incarnation}")
        heard: asyncio.Queue[Any] = asyncio.Queue()
        reading = asyncio.get_running_loop().create_task(_read(process, emit, heard), name=f"read pod {job}")
        self._pods[account, job, incarnation] = (process, reading)
        try:
            async with asyncio.timeout(START_WITHIN_S):
                return await _address(heard)
        except TimeoutError:
            await self.stop(account, job, incarnation)
            raise PodDidNotStart(f"the pod of {job} was not ready within {START_WITHIN_S:g} s") from None
        except PodDidNotStart:
            last = (await process.stderr.read()).decode(errors="replace").strip() if process.stderr else ""
            await self.stop(account, job, incarnation)
            raise PodDidNotStart(f"the pod of {job} ended before it was ready: {last[-400:]}") from None

    async def stop(self, account: str, job: str, incarnation: int) -> None:
        """End the pod's process; one that has ended already is no error."""
        placed = self._pods.pop((account, job, incarnation), None)
        if placed is None:
            return
        process, reading = placed
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_WITHIN_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        await asyncio.gather(reading, return_exceptions=True)

    async def close(self) -> None:
        """End every pod that still runs."""
        for account, job, incarnation in list(self._pods):
            await self.stop(account, job, incarnation)


async def _read(process: asyncio.subprocess.Process, emit: Callable[[object], None], heard: asyncio.Queue[Any]) -> None:
    """Turn a pod's lines back into its events; None marks their end."""
    assert process.stdout is not None
    async for line in process.stdout:
        fields = json.loads(line)
        event = getattr(pod_events, fields.pop("event"))(**fields)
        emit(event)
        heard.put_nowait(event)
    heard.put_nowait(None)


async def _address(heard: asyncio.Queue[Any]) -> str:
    """Wait for the pod's address and for its word that it is ready."""
    address = ""
    while (event := await heard.get()) is not None:
        if isinstance(event, pod_events.PodListening):
            address = event.address
        if isinstance(event, pod_events.PodReady):
            return address
    raise PodDidNotStart
