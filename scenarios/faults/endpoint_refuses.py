"""One of a pod's several addresses."""

from dataclasses import dataclass
from typing import ClassVar

from gateway_sim.scenarios.sim.errors import SettingsRefused
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.fault import Undo


@dataclass(frozen=True)
class EndpointRefuses:
    """One of the addresses of the newest pod refuses connections and has reset the open ones; the others serve."""

    name: ClassVar[str] = "endpoint-refuses"
    for_s: float | None = None
    number: int = 0
    """Which address, in the order in which the route names them; 0 is the first."""

    def begin(self, world: World) -> Undo:
        """Close the address. Raises `SettingsRefused` if there is none of this number."""
        addresses = world.ingresses.addresses
        if not 0 <= self.number < len(addresses):
            raise SettingsRefused(
                f"{self.name}: number is {self.number}, but the newest pod's route names {len(addresses)} addresses; "
                f"set endpoints to {max(self.number + 1, 2)} or more, and start the job first"
            )
        return world.engine.shut(addresses[self.number])
