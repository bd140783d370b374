"""Trainer pods as processes, which report their events as lines of JSON.

A pod ends when its standard input closes, so no pod outlives a world that was killed.
"""

import asyncio
import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path

from gateway_sim import trainer_pod
from gateway_sim.scenarios.engines.live.forkserver import Fork, ForkDied, Origin, forks
from gateway_sim.scenarios.world.engine import Emitter, PodDidNotStart
from gateway_sim.scenarios.world.pods import LeftAddresses, pod_config
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.trainer_pod import events as pod_events

START_WITHIN_S = 60.0
STOP_WITHIN_S = 5.0
POD = Origin(sys.executable, str(Path(trainer_pod.__file__).parents[2]), "gateway_sim.trainer_pod.__main__")


class PodProcesses:
    """The live launcher: one process per pod, whose events go into the world's trace as they arrive.

    An address is reused after its cool-down, as in the virtual engine.
    """

    def __init__(self, host: str, settings: Settings, emitter: Emitter, scratch: str) -> None:
        self._host = host
        self._settings = settings
        self._emitter = emitter
        self._scratch = scratch
        self._left = LeftAddresses(settings.cooldown_s)
        self._addresses: dict[tuple[str, str, int], str] = {}
        self._pods: dict[tuple[str, str, int], tuple[Fork, asyncio.Task[None]]] = {}
        # torch is loaded while the rest of the world is built
        forks.load("pod", POD)

    async def start(self, account: str, job: str, incarnation: int) -> str:
        """Start a pod's process and return its address once it is ready. Raises `PodDidNotStart`."""
        config = pod_config(self._settings, account, job, incarnation, self._scratch, self._settings.device)
        port = (self._left.take() or ":0").rpartition(":")[2]
        words = ("--host", self._host, "--port", port, "--config", json.dumps(dataclasses.asdict(config)))
        try:
            process = await forks.start("pod", POD, words)
        except ForkDied as died:
            raise PodDidNotStart(f"the pod of {job} ended before it was ready: {died}") from None
        emit = self._emitter(f"pod-{job}-{incarnation}")
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        reading = asyncio.get_running_loop().create_task(_read(process, emit, ready), name=f"read pod {job}")
        self._pods[account, job, incarnation] = (process, reading)
        try:
            async with asyncio.timeout(START_WITHIN_S):
                address = await ready
        except TimeoutError:
            await self.stop(account, job, incarnation)
            raise PodDidNotStart(f"the pod of {job} was not ready within {START_WITHIN_S:g} s") from None
        if not address:
            last = process.last_words()
            await self.stop(account, job, incarnation)
            raise PodDidNotStart(f"the pod of {job} ended before it was ready: {last}")
        self._addresses[account, job, incarnation] = address
        return address

    async def stop(self, account: str, job: str, incarnation: int) -> None:
        """End the pod's process; one that has ended already is no error."""
        placed = self._pods.pop((account, job, incarnation), None)
        if placed is None:
            return
        process, reading = placed
        await process.end(STOP_WITHIN_S)
        await asyncio.gather(reading, return_exceptions=True)
        if address := self._addresses.pop((account, job, incarnation), None):
            self._left.leave(address)

    async def retire(self, account: str, job: str, incarnation: int) -> None:
        """End the pod's process, which fences it."""
        await self.stop(account, job, incarnation)

    async def close(self) -> None:
        """End every pod that still runs."""
        for account, job, incarnation in list(self._pods):
            await self.stop(account, job, incarnation)


async def _read(process: Fork, emit: Callable[[object], None], ready: asyncio.Future[str]) -> None:
    """Emit the events in a pod's lines; `ready` gets its address, "" if the pod ends before it is ready."""
    address = ""
    while line := await process.line():
        fields = json.loads(line)
        event = getattr(pod_events, fields.pop("event"))(**fields)
        emit(event)
        if isinstance(event, pod_events.PodListening):
            address = event.address
        if isinstance(event, pod_events.PodReady) and not ready.done():
            ready.set_result(address)
    if not ready.done():
        ready.set_result("")
