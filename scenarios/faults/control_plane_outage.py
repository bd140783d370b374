"""A control plane that cannot answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from scenarios.world.fault import Undo

if TYPE_CHECKING:
    from scenarios.world.builder import World


@dataclass(frozen=True)
class ControlPlaneOutage:
    """The control plane answers 503 to everything; the data plane does not notice."""

    name: ClassVar[str] = "control-plane-outage"
    for_s: float | None

    def begin(self, world: World) -> Undo:
        """Stop answering until the last outage has ended."""
        control_plane = world.control_plane
        control_plane.outages += 1

        def undo() -> None:
            control_plane.outages -= 1

        return undo
