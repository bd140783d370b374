"""An address that refuses, swallows packets, or has forgotten the connections that are open.

Each affects the address of the job's pod at the moment it begins (`of="pod"`: what the gateway sends there), or the
gateway's (`of="gateway"`: what clients send). In the virtual engine the wire does it. In the live engine the gateway's
clients meet real sockets: packets are dropped at the listening port, and no byte passes on open connections. A pod is a
process of its own, so its faults are in the gateway's sockets: open ones are silenced, and new connections fail as if
their packets had been lost.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from gateway_sim.control_plane.events import PodPlaced
from gateway_sim.scenarios.sim.errors import SettingsRefused, check
from gateway_sim.scenarios.world.account import JOB
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.fault import Undo

PLACES: Final = ("pod", "gateway")


@dataclass(frozen=True)
class _AddressFault:
    """A fault of the job's pod's address, or of the gateway's. Raises `UnknownWord` for another place."""

    for_s: float | None = None
    of: str = "pod"

    def __post_init__(self) -> None:
        check("of", self.of, PLACES)

    def _addresses(self, world: World, name: str) -> list[str]:
        """Return the addresses concerned. Raises `SettingsRefused` if the job has no pod, or if no fault reaches it."""
        if self.of == "gateway":
            return list(world.gateway_fronts)
        if world.instances and world.engine.name == "live":
            raise SettingsRefused(f"{name}: a gateway of your own makes its own connections to pods; use of=gateway")
        placed = [entry.event.address for entry in world.trace.of(PodPlaced) if entry.event.job == JOB]
        if not placed:
            raise SettingsRefused(f"{name}: the job has no pod yet; start it first")
        return placed[-1:]

    def _until_undone(self, begin: Callable[[str], Undo], addresses: list[str]) -> Undo:
        undos = [begin(address) for address in addresses]

        def undo() -> None:
            for each in undos:
                each()

        return undo


@dataclass(frozen=True)
class AddressRefuses(_AddressFault):
    """The address refuses connections and has reset the open ones, although its host lives."""

    name: ClassVar[str] = "address-refuses"

    def begin(self, world: World) -> Undo:
        """Close the address to its callers."""
        return self._until_undone(world.engine.shut, self._addresses(world, self.name))


@dataclass(frozen=True)
class AddressSwallows(_AddressFault):
    """Packets to the address vanish: a new connection times out, and on an open one nothing is received."""

    name: ClassVar[str] = "address-swallows"

    def begin(self, world: World) -> Undo:
        """Let nothing through; what TCP would send again arrives after the end, unless its caller has given up."""
        return self._until_undone(world.engine.swallow, self._addresses(world, self.name))


@dataclass(frozen=True)
class HalfOpen(_AddressFault):
    """The open connections of the address lead nowhere, as after a NAT has forgotten them; new ones work.

    No connection comes back at the fault's end.
    """

    name: ClassVar[str] = "half-open"

    def begin(self, world: World) -> Undo:
        """Silence the connections that are open now."""
        for address in self._addresses(world, self.name):
            world.engine.sever(address)
        return lambda: None
