"""The protocol between a world and the engine that runs it; the layers above know only this protocol."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, Self, TypeVar

from gateway_sim.client.sdk.profiles import PoolRule
from gateway_sim.client.sdk.transport import Transport
from gateway_sim.route_table import RouteTable
from gateway_sim.scenarios.sim.errors import GatewaySimError
from gateway_sim.scenarios.world.fault import Undo
from gateway_sim.scenarios.world.lost_pods import Pods
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.upstream import SILENT_FOR_S, Upstream

T = TypeVar("T")
Emitter = Callable[[str], Callable[[object], None]]


class PodDidNotStart(GatewaySimError):
    """A pod did not become ready; the message ends with its last output."""


class Unguarded:
    """The base of an ASGI application that gets each request as it was sent.

    To every other application a live server passes only requests from this machine, and outside of training and
    DynamoDB only small JSON bodies. This one relays to a part with limits of its own, or is a pod.
    """


class Engine(Protocol):
    """The time, network, storage and processes of one world, opened with `async with`."""

    name: str
    table_name: str
    """The route table of this world; no other world at the endpoint uses it."""
    broken: Callable[[Exception], None]
    """Called with the error if a part of the engine ends by itself; the world sets it."""

    async def __aenter__(self) -> Self:
        """Open the engine."""
        ...

    async def __aexit__(self, *error: object) -> None:
        """Close the engine and everything that it started."""
        ...

    def dynamodb(self) -> Any:
        """Return a boto3 DynamoDB client for the world's table."""
        ...

    async def make(self, table: RouteTable) -> None:
        """Create or empty the world's route table."""
        ...

    async def drop(self, table: RouteTable) -> None:
        """Remove the world's routes."""
        ...

    def blocking(self, call: Callable[[], T], /) -> Awaitable[T]:
        """Run a blocking call, such as a storage call."""
        ...

    async def serve(self, name: str, app: Any) -> str:
        """Serve an ASGI application and return its address ("host:port")."""
        ...

    def refuse(self, address: str) -> Undo:
        """Reset the connections of a served address, and refuse new ones until all such calls are undone."""
        ...

    def shut(self, address: str) -> Undo:
        """Do the same to any address, a pod's too, whose host lives on."""
        ...

    def swallow(self, address: str) -> Undo:
        """Let no packet from or to an address through until all such calls are undone."""
        ...

    def sever(self, address: str) -> None:
        """Make the open connections of an address half-open: no byte passes, and neither end is told."""
        ...

    def reset(self, address: str, peer: tuple[str, int]) -> None:
        """Reset the connection of a served address that comes from `peer` (host, port)."""

    def time_of_day_s(self) -> float:
        """Return the time of day of the world's servers and clients, in seconds since 1970."""
        ...

    def transport(self, pools: Mapping[str, PoolRule]) -> Transport:
        """Return a client's transport with these connection pools."""
        ...

    def upstream(self, silent_for_s: float = SILENT_FOR_S) -> Upstream:
        """Return the gateway's client of its pods, which gives up a pod that sends nothing for `silent_for_s`."""
        ...

    def device(self, settings: Settings) -> str:
        """Return the device on which the pods of such a world compute."""
        ...

    def launcher(self, settings: Settings, emitter: Emitter) -> Pods:
        """Return the launcher of pods; their events go to the emitter of the pod's name."""
        ...
