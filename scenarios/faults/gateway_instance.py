"""An instance of a user's own gateway that ends and starts again."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from gateway_sim.scenarios.sim.errors import SettingsRefused, check
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.fault import Undo
from gateway_sim.scenarios.world.gateway import Instance

ENDS: Final[Mapping[str, Callable[[Instance], Awaitable[None]]]] = {
    "kill": lambda instance: instance.kill(),
    "stop": lambda instance: instance.stop(),
}


@dataclass(frozen=True)
class GatewayInstanceDown:
    """An instance of a gateway of your own is killed or stopped; it starts again after `for_s`."""

    name: ClassVar[str] = "gateway-instance-down"
    for_s: float | None
    instance: int = 0
    """The number of the instance."""
    how: str = "kill"
    """kill (SIGKILL) or stop (SIGTERM, as a deployment does)."""

    def __post_init__(self) -> None:
        check("how", self.how, ENDS)

    def begin(self, world: World) -> Undo:
        """End the instance. Raises `SettingsRefused` if there is no such instance, or the user runs it."""
        instances = world.instances
        if not instances:
            raise SettingsRefused(
                f"{self.name} needs a gateway of your own: name it with --gateway-command; gateway-restart restarts "
                "this project's"
            )
        if not 0 <= self.instance < len(instances):
            raise SettingsRefused(f"instance is {self.instance}; the world has 0 to {len(instances) - 1}")
        instance = instances[self.instance]
        if not instance.ended_here:
            raise SettingsRefused(
                f"{self.name}: gateway instance {instance.name} is run by you; name its command with --gateway-command"
            )
        return world.outages.begin(self.instance, ENDS[self.how])
