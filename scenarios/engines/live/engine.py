"""The live engine: the same world over loopback sockets and the real clock."""

import asyncio
import logging
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any, Self, TypeVar

from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from gateway_sim.client.sdk.profiles import PoolRule
from gateway_sim.client.sdk.transport import HttpxTransport
from gateway_sim.route_table import RouteTable, dynamodb_client
from gateway_sim.scenarios.engines.live.open_files import allow_open_files
from gateway_sim.scenarios.engines.live.pod_addresses import LiveUpstream, PodAddresses
from gateway_sim.scenarios.engines.live.pods import PodProcesses
from gateway_sim.scenarios.engines.live.servers import Servers
from gateway_sim.scenarios.sim.garbage import GARBAGE
from gateway_sim.scenarios.sim.scratch import scratch_folder
from gateway_sim.scenarios.world.engine import Emitter
from gateway_sim.scenarios.world.fault import Undo
from gateway_sim.scenarios.world.lost_pods import Pods
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.upstream import SILENT_FOR_S, AiohttpUpstream

T = TypeVar("T")

LOOPBACK = "127.0.0.1"


class LiveEngine:
    """The real clock, sockets, storage and processes of one world.

    `dynamodb_endpoint` is the endpoint of the route table; None starts moto's server for the world. `ports` holds the
    fixed ports of servers, by name: platform, admin, gateway, control-plane, dynamodb-0 and so on. `table_name` is the
    route table's (None: a name of its own).
    """

    name = "live"

    def __init__(
        self,
        emitter: Emitter,
        dynamodb_endpoint: str | None = None,
        host: str = LOOPBACK,
        ports: Mapping[str, int] | None = None,
        table_name: str | None = None,
    ) -> None:
        # several worlds may use one endpoint, also at the same time
        self.table_name = table_name or f"gateway-sim-routes-{secrets.token_hex(4)}"
        self._emitter = emitter
        self._endpoint = dynamodb_endpoint
        self._host = host
        self.broken: Callable[[Exception], None] = lambda error: None
        self._servers = Servers(host, ports, ended=lambda error: self.broken(error))
        self._moto: ThreadedMotoServer | None = None
        self._pods: list[PodProcesses] = []
        self._upstreams: list[AiohttpUpstream] = []
        self._pod_addresses = PodAddresses(emitter("wire"))
        self._scratch = ""

    async def __aenter__(self) -> Self:
        """Start moto's server, unless an endpoint was named."""
        allow_open_files()
        self._scratch = scratch_folder(in_memory=False)
        if self._endpoint is None:
            # moto's server logs every request through werkzeug; the trace has them already
            logging.getLogger("werkzeug").setLevel(logging.ERROR)
            self._moto = ThreadedMotoServer(ip_address=self._host, port=0, verbose=False)
            await asyncio.to_thread(self._moto.start)
            host, port = self._moto.get_host_and_port()
            self._endpoint = f"http://{host}:{port}"
        GARBAGE.hold()
        return self

    async def __aexit__(self, *error: object) -> None:
        """Stop pods, servers and moto; no process and no port stays behind."""
        GARBAGE.release()
        async with AsyncExitStack() as last_first:
            last_first.callback(shutil.rmtree, self._scratch, ignore_errors=True)
            if self._moto is not None:
                last_first.push_async_callback(asyncio.to_thread, self._moto.stop)
            closers = [part.close for part in self._upstreams]
            for close in (*closers, self._servers.close, *(pods.close for pods in self._pods)):
                last_first.push_async_callback(close)

    def dynamodb(self) -> Any:
        """Return a DynamoDB client of the endpoint."""
        return dynamodb_client(self._endpoint)

    async def make(self, table: RouteTable) -> None:
        """Create the table at the endpoint."""
        await table.create()

    async def drop(self, table: RouteTable) -> None:
        """Delete the table at the endpoint; the world's own moto ends with its tables."""
        if self._moto is None:
            await table.drop()

    async def blocking(self, call: Callable[[], T], /) -> T:
        """Run the call in a thread, so that the loop keeps serving."""
        return await asyncio.to_thread(call)

    async def serve(self, name: str, app: Any) -> str:
        """Serve the application on its own port."""
        return await self._servers.serve(name, app)

    def refuse(self, address: str) -> Undo:
        """Close the port until all such calls are undone."""
        return self._servers.refuse(address)

    def shut(self, address: str) -> Undo:
        """Close the port until all such calls are undone; a pod's port is closed to the gateway only."""
        return self._at(address).refuse(address)

    def swallow(self, address: str) -> Undo:
        """Let no packet reach the address until all such calls are undone."""
        return self._at(address).swallow(address)

    def sever(self, address: str) -> None:
        """Silence the open connections of an address for ever."""
        self._at(address).sever(address)

    def reset(self, address: str, peer: tuple[str, int] | None = None) -> None:
        """Reset the connections of a served address, or the one from `peer`; the address goes on accepting others."""
        self._servers.reset(address, peer)

    def _at(self, address: str) -> Servers | PodAddresses:
        """Return what holds an address: the world's servers, or the gateway's connections to a pod."""
        return self._servers if self._servers.serves(address) else self._pod_addresses

    def time_of_day_s(self) -> float:
        """Return the machine's time of day."""
        return time.time()

    def transport(self, pools: Mapping[str, PoolRule]) -> HttpxTransport:
        """Return real connection pools."""
        return HttpxTransport(pools)

    def upstream(self, silent_for_s: float = SILENT_FOR_S) -> AiohttpUpstream:
        """Return the gateway's client towards its pods."""
        upstream = LiveUpstream(self._pod_addresses, silent_for_s)
        self._upstreams.append(upstream)
        return upstream

    def device(self, settings: Settings) -> str:
        """Return the device that a pod chooses for these settings."""
        from gateway_sim.trainer_pod.engine import choose_device

        return choose_device(settings.device)

    def launcher(self, settings: Settings, emitter: Emitter) -> Pods:
        """Return the launcher of pod processes."""
        pods = PodProcesses(self._host, settings, emitter, self._scratch)
        self._pods.append(pods)
        return pods
