"""A gateway that is not this project's: its instances, their DynamoDB endpoints, its front and the taps behind it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, Final
from urllib.parse import urlsplit

from gateway_sim.control_plane.jobs.reconciler import PodLauncher
from gateway_sim.route_table import REGION
from gateway_sim.scenarios.engines.live.gateways.front import Front
from gateway_sim.scenarios.engines.live.gateways.instance import GatewayInstance, RunningInstance
from gateway_sim.scenarios.engines.live.gateways.requests import Requests
from gateway_sim.scenarios.engines.live.gateways.route_reads import RouteReads
from gateway_sim.scenarios.engines.live.gateways.taps import LiveTaps, TapOf, TappedPods
from gateway_sim.scenarios.world.account import KEYS
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.gateway import App, Instance
from gateway_sim.stale_reads.endpoint import Endpoint
from gateway_sim.upstream import AiohttpUpstream, Upstream

HOST: Final = "127.0.0.1"
ROUTE_TABLE: Final = "gateway-sim-routes"
CONTROL_PLANE_PORT: Final = 8352
ENDPOINT_PORT: Final = 8353
"""The route table, the control plane's port and the first endpoint's of a world whose instances run already."""
SILENT_FOR_S: Final = 600.0
"""The front waits longer for an answer than any client."""


class ForeignGateway(ABC):
    """Runs the instances of a gateway in a world; each reads the route table as its own replica sees it."""

    def __init__(self) -> None:
        self._open = AsyncExitStack()
        self._requests: Requests | None = None

    @property
    @abstractmethod
    def instances(self) -> Sequence[Instance]:
        """The instances, in the order of the world's replicas."""

    @abstractmethod
    def tap_of(self, world: World, requests: Requests) -> TapOf:
        """Return what makes the tap of a pod."""

    @abstractmethod
    async def begin(self, world: World, endpoints: Sequence[str]) -> Sequence[str]:
        """Start the instances, and return their addresses; each reads the DynamoDB endpoint at its place.

        Raises `GatewayNotReady`.
        """

    @abstractmethod
    def upstream(self, world: World) -> Upstream:
        """Return the front's client of the instances."""

    def launcher(self, world: World, launcher: PodLauncher) -> PodLauncher:
        """Return a launcher that puts a tap before each pod."""
        self._requests = Requests(world.trace.emitter("gateway"))
        taps = TappedPods(launcher, self.tap_of(world, self._requests))
        self._open.push_async_callback(taps.close)
        return taps

    async def start(self, world: World) -> App:
        """Serve the endpoints, start the instances, and return the front. Raises `GatewayNotReady`."""
        assert self._requests is not None
        reads = RouteReads(world, self._requests)
        self._open.callback(reads.close)
        emit = world.trace.emitter("dynamodb")
        names = [replica.name for replica in world.replicas]
        endpoints = []
        for n in range(len(names)):
            endpoint = Endpoint(reads, replica=n, emit=emit, blocking=world.engine.blocking)
            endpoints.append(await world.engine.serve(f"dynamodb-{n}", endpoint))
        addresses = await self.begin(world, endpoints)
        upstream = self.upstream(world)
        self._open.push_async_callback(upstream.close)
        return Front(names, addresses, world.balancer(), upstream, self._requests)

    async def close(self) -> None:
        """End the instances, the taps and the endpoints."""
        await self._open.aclose()

    def at_close(self, call: Callable[[], Awaitable[None]]) -> None:
        """Call `call` when the gateway is closed, before what was started earlier ends."""
        self._open.push_async_callback(call)


class ProcessGateway(ForeignGateway):
    """A gateway of processes on real sockets: one of `command` for each replica, or those that run at `urls`.

    `ready` is the path that an instance answers with success when it is ready (None: any answer).
    """

    def __init__(self, command: Sequence[str], urls: Sequence[str], ready: str | None) -> None:
        super().__init__()
        self._instances: list[GatewayInstance | RunningInstance] = []
        self._command = command
        self._urls = urls
        self._ready = ready

    @property
    def instances(self) -> Sequence[Instance]:
        """The processes."""
        return self._instances

    def tap_of(self, world: World, requests: Requests) -> TapOf:
        """Return what makes the tap of a pod: a server on a port of its own."""
        return LiveTaps(requests, world.upstream, HOST).tap

    async def begin(self, world: World, endpoints: Sequence[str]) -> Sequence[str]:
        """Start all processes at the same time, and wait until they answer."""
        names = [replica.name for replica in world.replicas]
        ports = [urlsplit(url).port or 80 for url in self._urls] or free_ports(len(names))
        table, control_plane = world.table.table_name, world.control_plane_address
        each = zip(names, ports, endpoints, strict=True)
        told = [variables(name, port, endpoint, table, control_plane) for name, port, endpoint in each]
        if self._urls:
            named = zip(names, self._urls, told, strict=True)
            self._instances += [RunningInstance(name, url, environ, self._ready) for name, url, environ in named]
        else:
            self._instances += [self._instance(world, *one) for one in zip(names, ports, told, strict=True)]
        await _all([instance.start() for instance in self._instances])
        return [instance.address for instance in self._instances]

    def upstream(self, world: World) -> Upstream:
        """Return a client that keeps no connection: an instance may close an idle one at any time."""
        return AiohttpUpstream(SILENT_FOR_S, kept_idle_s=0.0)

    def _instance(self, world: World, name: str, port: int, environ: Mapping[str, str]) -> GatewayInstance:
        output = world.trace.outputs.setdefault(name, [])
        emit = world.trace.emitter("gateway")
        instance = GatewayInstance(name, self._command, environ, HOST, port, self._ready, output, emit, world.end)
        self.at_close(instance.kill)
        return instance


async def _all(starting: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run all at the same time; the first error ends them all, and is raised."""
    tasks = [asyncio.ensure_future(each) for each in starting]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def variables(name: str, port: int, endpoint: str, table: str, control_plane: str) -> dict[str, str]:
    """Return the environment variables of an instance (docs/your-own-gateway.md)."""
    return {
        "PORT": str(port),
        "UVICORN_PORT": str(port),
        "GATEWAY_REPLICA": name,
        "GATEWAY_API_KEYS": json.dumps(KEYS),
        "ROUTE_TABLE": table,
        "CONTROL_PLANE_URL": f"http://{control_plane}",
        "AWS_ENDPOINT_URL_DYNAMODB": f"http://{endpoint}",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "LAB",
        "AWS_SECRET_ACCESS_KEY": "LAB",
    }


def free_ports(number: int) -> list[int]:
    """Return ports of the loopback address that are free now, each a different one."""
    with contextlib.ExitStack() as bound:
        sockets = [bound.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]
