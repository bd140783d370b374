"""What a world needs of the engine that runs it; no layer above knows which engine that is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar

from client.sdk.profiles import PoolRule
from client.sdk.transport import Transport
from control_plane.jobs.reconciler import PodLauncher
from gateway_sim.route_table import RouteTable
from gateway_sim.upstream import Upstream
from scenarios.sim.errors import GatewaySimError
from scenarios.world.fault import Undo
from scenarios.world.settings import Settings

T = TypeVar("T")
Emitter = Callable[[str], Callable[[object], None]]


class PodDidNotStart(GatewaySimError):
    """A pod was never ready; the message ends with what it said last."""


class Engine(Protocol):
    """Time, network, storage and processes for one world, opened and closed with `async with`."""

    name: str
    table_name: str
    """The route table of this world; no other world at the endpoint uses it."""

    async def __aenter__(self) -> Engine:
        """Open the engine."""
        ...

    async def __aexit__(self, *error: object) -> None:
        """Close it; nothing it started stays behind."""
        ...

    def dynamodb(self) -> Any:
        """Return a boto3 DynamoDB client for the world's one table."""
        ...

    async def make(self, table: RouteTable) -> None:
        """Let the world have its route table, empty."""
        ...

    async def drop(self, table: RouteTable) -> None:
        """Let nothing of the world's routes stay behind."""
        ...

    def blocking(self, call: Callable[[], T], /) -> Awaitable[T]:
        """Run a call that blocks, as storage calls do."""
        ...

    async def serve(self, name: str, app: Any) -> str:
        """Serve an ASGI application and return its address ("host:port")."""
        ...

    def refuse(self, address: str) -> Undo:
        """Refuse connections to an address that is served until all such calls are undone; open ones are reset."""
        ...

    def transport(self, pools: Mapping[str, PoolRule]) -> Transport:
        """Return a client's way into the network."""
        ...

    def upstream(self) -> Upstream:
        """Return the gateway's way to its pods."""
        ...

    def device(self, settings: Settings) -> str:
        """Return what the pods of such a world compute on."""
        ...

    def launcher(self, settings: Settings, emitter: Emitter) -> PodLauncher:
        """Return what starts and stops pods; their events go to the emitter of the pod's name."""
        ...
