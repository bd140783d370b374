"""A control plane that cannot answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from scenarios.world.builder import World


@dataclass(frozen=True)
class ControlPlaneOutage:
    """The control plane answers 503 to everything; the data plane does not notice."""

    name: ClassVar[str] = "control-plane-outage"
    for_s: float | None

    def begin(self, world: World) -> None:
        """Stop answering."""
        world.control_plane.outage = True

    def end(self, world: World) -> None:
        """Answer again."""
        world.control_plane.outage = False
