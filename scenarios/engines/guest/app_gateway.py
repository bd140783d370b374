"""A user's ASGI gateway in virtual time: each instance is a guest that serves, and reads its own past of the routes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateway_sim.caller import Caller
from gateway_sim.relay import end_to_end, relay
from gateway_sim.route_table import RouteKey
from gateway_sim.scenarios.engines.guest.guest_instance import GuestInstance
from gateway_sim.scenarios.engines.live.gateways.front import MAX_BODY_BYTES
from gateway_sim.scenarios.engines.live.gateways.gateway import ForeignGateway
from gateway_sim.scenarios.engines.live.gateways.requests import Requests
from gateway_sim.scenarios.engines.live.gateways.taps import DROPPED, Tap, TapOf
from gateway_sim.scenarios.engines.virtual.engine import VirtualEngine
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.gateway import Instance
from gateway_sim.upstream import Upstream


class AppGateway(ForeignGateway):
    """Runs `app` ("module:name", imported from `folder` by `python`) once for each replica, in virtual time."""

    def __init__(self, app: str, folder: Path, python: str) -> None:
        super().__init__()
        self._app = app
        self._folder = folder
        self._python = python
        self._instances: list[GuestInstance] = []

    @property
    def instances(self) -> Sequence[Instance]:
        """The guests."""
        return self._instances

    def tap_of(self, world: World, requests: Requests) -> TapOf:
        """Return what makes the tap of a pod: a host of the wire."""

        def tap(key: RouteKey, incarnation: int, pod: str) -> Tap:
            return WireTap(world, requests, key, incarnation, pod)

        return tap

    async def begin(self, world: World, endpoints: Sequence[str]) -> Sequence[str]:
        """Start every guest, and wait until its application has started."""
        for replica, endpoint in zip(world.replicas, endpoints, strict=True):
            instance = GuestInstance(world, replica.name, self._app, self._folder, self._python, endpoint)
            self._instances.append(instance)
            self.at_close(instance.kill)
            await instance.start()
        return [instance.address for instance in self._instances]

    def upstream(self, world: World) -> Upstream:
        """Return the front's client of the instances."""
        return world.engine.upstream()


class WireTap:
    """A host of the wire before one pod, which reports each request before the pod has it."""

    def __init__(self, world: World, requests: Requests, key: RouteKey, incarnation: int, pod: str) -> None:
        assert isinstance(world.engine, VirtualEngine)
        self.address = f"tap-{pod}"
        self._wire = world.engine.wire
        self._upstream = world.upstream
        self._requests = requests
        self._key = key
        self._incarnation = incarnation
        self._pod = pod

    async def open(self) -> None:
        """Listen."""
        self._wire.listen(self.address, self._serve)

    async def close(self) -> None:
        """Remove the host."""
        self._wire.hang_up(self.address)

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass one request on; a pod that has gone breaks the connection."""
        path = scope["raw_path"].decode("latin-1").partition("?")[0]
        asked = self._requests.arrived(scope["headers"], self._key, path[1:], self.address, self._incarnation)
        caller = Caller(receive, MAX_BODY_BYTES)
        query = scope["query_string"].decode("latin-1")
        url = f"http://{self._pod}{path}" + (f"?{query}" if query else "")
        body = await caller.body()
        reply = await self._upstream.open(scope["method"], url, end_to_end(scope["headers"], DROPPED), body)
        if asked is not None:
            asked.pod_said = reply.status
        try:
            await relay(send, reply, end_to_end(reply.headers), caller)
        finally:
            await reply.aclose()
