"""The virtual engine: a virtual clock, an in-process wire, moto in process, pods as objects. One thread, no sockets."""

import asyncio
import dataclasses
import shutil
from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar

from gateway_sim.client.sdk.profiles import PoolRule
from gateway_sim.route_table import RouteTable, dynamodb_client
from gateway_sim.scenarios.engines.virtual.pod_process import PodProcess
from gateway_sim.scenarios.engines.virtual.transports import WireTransport, WireUpstream
from gateway_sim.scenarios.engines.virtual.wire import Wire
from gateway_sim.scenarios.sim.clock import time_of_day_s
from gateway_sim.scenarios.sim.events import PodCrashed
from gateway_sim.scenarios.sim.moto import MOTO
from gateway_sim.scenarios.sim.scratch import scratch_folder
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.world.engine import Emitter
from gateway_sim.scenarios.world.fault import Undo
from gateway_sim.scenarios.world.lost_pods import LostPods, Pod
from gateway_sim.scenarios.world.pods import LeftAddresses, pod_config
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.upstream import SILENT_FOR_S

T = TypeVar("T")


class VirtualEngine:
    """One world's time, network and storage, all inside this process."""

    name = "virtual"
    table_name = "routes"

    def __init__(self, seeds: Seeds, emitter: Emitter) -> None:
        self.wire = Wire(seeds.stream("wire.latency"), emitter("wire"))
        self.broken: Callable[[Exception], None] = lambda error: None
        self._served = 0
        self._scratch = ""

    async def __aenter__(self) -> Self:
        """Start moto, and create the folder of the checkpoints."""
        MOTO.hold()
        self._scratch = scratch_folder(in_memory=True)
        return self

    async def __aexit__(self, *error: object) -> None:
        """Release moto, and delete the checkpoints."""
        MOTO.release()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def dynamodb(self) -> Any:
        """Return the process's client, which moto answers."""
        return dynamodb_client(None)

    async def make(self, table: RouteTable) -> None:
        """Empty the table; create it if this is the first world of the process."""
        if not MOTO.empty_table(table.table_name):
            await table.create()

    async def drop(self, table: RouteTable) -> None:
        """Empty the table."""
        MOTO.empty_table(table.table_name)

    async def blocking(self, call: Callable[[], T], /) -> T:
        """Run the call at once: it takes no virtual time."""
        return call()

    async def serve(self, name: str, app: Any) -> str:
        """Put the application on the wire."""
        self._served += 1
        address = f"{name}:{8000 + self._served}"
        self.wire.listen(address, app)
        return address

    def refuse(self, address: str) -> Undo:
        """Remove the host from the wire until all such calls are undone."""
        return self.wire.restart(address)

    def shut(self, address: str) -> Undo:
        """Reset an address's connections and refuse new ones until all such calls are undone; its host lives on."""
        return self.wire.refuse(address)

    def swallow(self, address: str) -> Undo:
        """Let no byte from or to an address through until all such calls are undone."""
        return self.wire.swallow(address)

    def sever(self, address: str) -> None:
        """Make the open connections of an address half-open."""
        self.wire.sever(address)

    def reset(self, address: str, peer: tuple[str, int]) -> None:
        """Reset the connection that comes from `peer`."""
        self.wire.reset(address, peer)

    def time_of_day_s(self) -> float:
        """Return the virtual time of day."""
        return time_of_day_s()

    def transport(self, pools: Mapping[str, PoolRule]) -> WireTransport:
        """Return a client's connection pools on the wire."""
        return WireTransport(self.wire, pools)

    def upstream(self, silent_for_s: float = SILENT_FOR_S) -> WireUpstream:
        """Return the gateway's client of pods on the wire."""
        return WireUpstream(self.wire, silent_for_s)

    def device(self, settings: Settings) -> str:
        """Return the CPU unless the settings name a device, so that a run is the same with and without CUDA."""
        return "cpu" if settings.device == "auto" else settings.device

    def launcher(self, settings: Settings, emitter: Emitter) -> "VirtualLauncher":
        """Return a launcher that puts pods on the wire."""
        return VirtualLauncher(self, settings, emitter, self._scratch)


class VirtualLauncher:
    """Starts pods as objects on the wire; an address is reused after its cool-down."""

    def __init__(self, engine: VirtualEngine, settings: Settings, emitter: Emitter, checkpoint_root: str) -> None:
        self._engine = engine
        self._settings = settings
        self._emitter = emitter
        self.checkpoint_root = checkpoint_root
        self._pods: dict[Pod, tuple[str, PodProcess]] = {}
        self._left = LeftAddresses(settings.cooldown_s)
        self.lost = LostPods(emitter, settings.notice_s)

    async def start(self, account: str, job: str, incarnation: int) -> str:
        """Start a pod and return its address once it is ready."""
        device = self._engine.device(self._settings)
        config = pod_config(self._settings, account, job, incarnation, self.checkpoint_root, device)
        name = f"pod-{job}-{incarnation}"
        process = PodProcess(config, self._emitter(name))
        address = self._left.take() or await self._engine.serve(name, process)
        self._engine.wire.listen(address, process)
        self._pods[account, job, incarnation] = (address, process)
        await process.pod.start()
        return address

    async def retire(self, account: str, job: str, incarnation: int, grace_s: float) -> None:
        """Fence the pod; it stays on the wire."""
        placed = self._pods.get((account, job, incarnation))
        if placed is not None:
            await placed[1].pod.retire()

    async def stop(self, account: str, job: str, incarnation: int) -> None:
        """Remove the pod from the wire and end its tasks; the cool-down of its address begins."""
        placed = self._pods.pop((account, job, incarnation), None)
        if placed is None:
            return
        address, process = placed
        self.lost.forget((account, job, incarnation))
        self._engine.wire.hang_up(address)
        self._left.leave(address)
        await asyncio.shield(process.stop())

    def newest(self, account: str, job: str) -> int | None:
        """Return the incarnation of the job's newest pod; None if the job has no pod."""
        return max((number for *of, number in self._pods if of == [account, job]), default=None)

    def kill(self, pod: Pod) -> None:
        """End the pod without a word: its open requests are reset and new ones refused."""
        address, process = self._pods[pod]
        self._engine.wire.hang_up(address)
        process.kill()
        self.lost.crashed(pod)

    def freeze(self, pod: Pod) -> None:
        """Let the pod answer and compute nothing."""
        self._pods[pod][1].freeze()
        self.lost.froze(pod)

    def thaw(self, pod: Pod) -> None:
        """Let a frozen pod go on."""
        if pod in self._pods:
            self._pods[pod][1].thaw()
            self.lost.thawed(pod)

    async def restart(self, pod: Pod) -> None:
        """Put the pod on the wire again, with an empty memory, unless it was stopped."""
        if self.lost.how(pod) is not PodCrashed:
            return
        address, before = self._pods[pod]
        config = dataclasses.replace(before.config, restarts=before.config.restarts + 1)
        process = PodProcess(config, self._emitter("pod-{1}-{2}".format(*pod)))
        self._pods[pod] = (address, process)
        await process.pod.start()
        self._engine.wire.listen(address, process)
        self.lost.restarted(pod)
