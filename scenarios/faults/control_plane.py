"""A control plane that answers with an error, or late."""

from dataclasses import dataclass
from typing import ClassVar

from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.fault import Undo


@dataclass(frozen=True)
class ControlPlaneOutage:
    """The control plane answers 503 to every request and renews no lease; gateway and pods are not affected."""

    name: ClassVar[str] = "control-plane-outage"
    for_s: float | None

    def begin(self, world: World) -> Undo:
        """Answer 503 until the last of the overlapping outages has ended."""
        control_plane = world.control_plane
        control_plane.outages += 1

        def undo() -> None:
            control_plane.outages -= 1

        return undo


@dataclass(frozen=True)
class SlowControlPlane:
    """The control plane answers every request `by_s` late; above 5 s every probe times out.

    See docs/reference/protocol.md §3.
    """

    by_s: float
    name: ClassVar[str] = "slow-control-plane"
    for_s: float | None = None

    def begin(self, world: World) -> Undo:
        """Delay every answer; the delays of overlapping faults add up."""
        control_plane = world.control_plane
        control_plane.slow_s += self.by_s

        def undo() -> None:
            control_plane.slow_s -= self.by_s

        return undo
