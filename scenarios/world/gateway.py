"""The gateway of a world: this project's own, or another that the engine can run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from gateway_sim.app import Gateway
from gateway_sim.control_plane.jobs.reconciler import PodLauncher
from gateway_sim.endpoints import Ejection
from gateway_sim.job_states import ControlPlaneStates
from gateway_sim.scenarios.world.account import API_KEY, KEYS
from gateway_sim.scenarios.world.gateway_traffic import admission_of, repeats_of

if TYPE_CHECKING:
    from gateway_sim.scenarios.world.builder import World

App = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI application."""


class Instance(Protocol):
    """One process of a gateway, which reads the route table as one replica."""

    name: str
    address: str
    environ: Mapping[str, str]
    """The variables that lead it to the world (docs/your-own-gateway.md)."""
    ended_here: bool
    """Whether the laboratory can end it and start it; it cannot if the user runs it."""

    async def start(self) -> None:
        """Start it, and return once it answers."""
        ...

    async def stop(self) -> None:
        """End it in order, as a deployment does (SIGTERM)."""
        ...

    async def kill(self) -> None:
        """End it at once (SIGKILL)."""
        ...


class RacedGateway(Protocol):
    """Makes the gateway of one world."""

    @property
    def instances(self) -> Sequence[Instance]:
        """The gateway's processes, in the order of the world's replicas; empty if it has none of its own."""
        ...

    def launcher(self, world: World, launcher: PodLauncher) -> PodLauncher:
        """Return the launcher of pods whose addresses the gateway is given."""
        ...

    async def start(self, world: World) -> App:
        """Start the gateway, and return the application to which its callers are connected."""
        ...

    async def close(self) -> None:
        """End what was started."""
        ...


class OwnGateway:
    """This project's gateway, whose replicas are objects of the world."""

    instances: Sequence[Instance] = ()

    def launcher(self, world: World, launcher: PodLauncher) -> PodLauncher:
        """Return the launcher as it is."""
        return launcher

    async def start(self, world: World) -> App:
        """Build the gateway."""
        return Gateway(
            world.replicas,
            balancer=world.balancer(),
            policy=world.pairing.gateway,
            upstream=world.upstream,
            keys=KEYS,
            emit=world.trace.emitter("gateway"),
            primary=world.primary,
            ejection=Ejection(world.settings.eject_after, world.settings.ejected_s),
            job_states=ControlPlaneStates(world.engine.upstream(), world.control_plane_address, API_KEY),
            admission=admission_of(world),
            repeats=repeats_of(world),
        )

    async def close(self) -> None:
        """Do nothing."""
