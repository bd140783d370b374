"""Trainer pods as processes, which report their events as lines of JSON.

A pod ends when its standard input closes, so no pod outlives a world that was killed.
"""

import asyncio
import contextlib
import dataclasses
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from gateway_sim import trainer_pod
from gateway_sim.scenarios.engines.live.forkserver import Fork, ForkDied, Origin, forks
from gateway_sim.scenarios.engines.live.pod_probes import PodProbes
from gateway_sim.scenarios.sim.events import PodCrashed
from gateway_sim.scenarios.world.engine import Emitter, PodDidNotStart
from gateway_sim.scenarios.world.lost_pods import LostPods, Pod
from gateway_sim.scenarios.world.pods import LeftAddresses, pod_config
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.trainer_pod import events as pod_events

START_WITHIN_S = 60.0
STOP_WITHIN_S = 5.0
POD: Final = Origin(sys.executable, str(Path(trainer_pod.__file__).parents[2]), "gateway_sim.trainer_pod.__main__")


@dataclasses.dataclass
class _Started:
    """A pod's process, the task that reads its events, and its address, "" until it is ready.

    `fenced` is set once the process has said so, or has ended.
    """

    process: Fork
    reading: asyncio.Task[None]
    fenced: asyncio.Event
    restarts: int
    address: str = ""


class PodProcesses:
    """The live launcher: one process per pod, whose events go into the world's trace as they arrive.

    An address is reused after its cool-down, as in the virtual engine. A process that ends by itself and one that does
    not answer its probe are reported as lost, also where the signal came from outside.
    """

    def __init__(self, host: str, settings: Settings, emitter: Emitter, checkpoint_root: str) -> None:
        self._host = host
        self._settings = settings
        self._emitter = emitter
        self.checkpoint_root = checkpoint_root
        self._left = LeftAddresses(settings.cooldown_s)
        self._pods: dict[Pod, _Started] = {}
        self.lost = LostPods(emitter, settings.notice_s)
        self._probes = PodProbes(self.lost)
        # torch is loaded while the rest of the world is built
        forks.load("pod", POD)

    async def start(self, account: str, job: str, incarnation: int) -> str:
        """Start a pod's process and return its address once it is ready. Raises `PodDidNotStart`."""
        return await self._start((account, job, incarnation), self._left.take() or ":0")

    async def stop(self, account: str, job: str, incarnation: int) -> None:
        """End the pod's process; one that has ended already is no error."""
        pod = (account, job, incarnation)
        placed = self._pods.pop(pod, None)
        if placed is None:
            return
        self._probes.end(pod)
        # a frozen process does not obey
        within_s = 0.0 if self.lost.how(pod) else STOP_WITHIN_S
        self.lost.forget(pod)
        await placed.process.end(within_s)
        await asyncio.gather(placed.reading, return_exceptions=True)
        if placed.address:
            self._left.leave(placed.address)

    async def retire(self, account: str, job: str, incarnation: int, grace_s: float) -> None:
        """Fence the pod, and wait until its process has said so.

        One that cannot answer, and one without a grace, is ended, which fences it: no held request is refused first.
        """
        pod = (account, job, incarnation)
        placed = self._pods.get(pod)
        if placed is None:
            return
        if grace_s > 0 and not self.lost.how(pod):
            with contextlib.suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(STOP_WITHIN_S):
                    await placed.process.write(pod_events.FENCE)
                    await placed.fenced.wait()
                    return
        await self.stop(*pod)

    async def close(self) -> None:
        """End every pod that still runs."""
        for pod in list(self._pods):
            await self.stop(*pod)
        await self._probes.close()

    def newest(self, account: str, job: str) -> int | None:
        """Return the incarnation of the job's newest pod; None if the job has no pod."""
        return max((number for *of, number in self._pods if of == [account, job]), default=None)

    def kill(self, pod: Pod) -> None:
        """Kill the pod's process."""
        self._pods[pod].process.send_signal(signal.SIGKILL)
        self.lost.crashed(pod)

    def freeze(self, pod: Pod) -> None:
        """Stop the pod's process where it is."""
        self._pods[pod].process.send_signal(signal.SIGSTOP)
        self._probes.pause(pod)
        self.lost.froze(pod)

    def thaw(self, pod: Pod) -> None:
        """Let the pod's process go on."""
        if pod in self._pods:
            self._pods[pod].process.send_signal(signal.SIGCONT)
            self._probes.go_on(pod)
            self.lost.thawed(pod)

    async def restart(self, pod: Pod) -> None:
        """Start a process at the address of a crashed one, unless the pod was stopped.

        If it does not become ready, the pod is removed; the control plane notices the loss that was reported.
        """
        if self.lost.how(pod) is not PodCrashed:
            return
        before = self._pods[pod]
        await before.process.end()
        await asyncio.gather(before.reading, return_exceptions=True)
        with contextlib.suppress(PodDidNotStart):
            await self._start(pod, before.address, before.restarts + 1)
            self.lost.restarted(pod)

    async def _start(self, pod: Pod, address: str, restarts: int = 0) -> str:
        """Start a process at the port of an address (0: a free one), and return its address once it is ready."""
        account, job, incarnation = pod
        config = pod_config(self._settings, account, job, incarnation, self.checkpoint_root, self._settings.device)
        config = dataclasses.replace(config, restarts=restarts)
        port = address.rpartition(":")[2]
        words = ("--host", self._host, "--port", port, "--config", json.dumps(dataclasses.asdict(config)))
        try:
            process = await forks.start("pod", POD, words)
        except ForkDied as died:
            raise PodDidNotStart(f"the pod of {job} ended before it was ready: {died}") from None
        if restarts and pod not in self._pods:
            await process.end()
            raise PodDidNotStart(f"the pod of {job} was stopped before it was ready")
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        fenced = asyncio.Event()
        following = self._follow(pod, process, ready, fenced)
        reading = asyncio.get_running_loop().create_task(following, name=f"read pod {job}")
        placed = self._pods[pod] = _Started(process, reading, fenced, restarts)
        try:
            async with asyncio.timeout(START_WITHIN_S):
                placed.address = await ready
        except TimeoutError:
            await self.stop(*pod)
            raise PodDidNotStart(f"the pod of {job} was not ready within {START_WITHIN_S:g} s") from None
        if not placed.address:
            last = process.last_words()
            await self.stop(*pod)
            raise PodDidNotStart(f"the pod of {job} ended before it was ready: {last}")
        self._probes.begin(pod, placed.address)
        return placed.address

    async def _follow(self, pod: Pod, process: Fork, ready: asyncio.Future[str], fenced: asyncio.Event) -> None:
        """Emit the pod's events until its process ends; an end that the control plane did not want is a crash."""
        await _read(process, self._emitter("pod-{1}-{2}".format(*pod)), ready, fenced)
        fenced.set()
        placed = self._pods.get(pod)
        if placed is not None and placed.process is process and placed.address:
            self.lost.crashed(pod)


async def _read(
    process: Fork, emit: Callable[[object], None], ready: asyncio.Future[str], fenced: asyncio.Event
) -> None:
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
        if isinstance(event, pod_events.PodFenced):
            fenced.set()
    if not ready.done():
        ready.set_result("")
