"""A control plane that takes its time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from scenarios.world.fault import Undo

if TYPE_CHECKING:
    from scenarios.world.builder import World


@dataclass(frozen=True)
class SlowControlPlane:
    """The control plane answers everything `by_s` late; above 5 s every probe times out.

    See docs/reference/protocol.md §3.
    """

    by_s: float
    name: ClassVar[str] = "slow-control-plane"
    for_s: float | None = None

    def begin(self, world: World) -> Undo:
        """Slow down; the delays of overlapping faults add up."""
        control_plane = world.control_plane
        control_plane.slow_s += self.by_s

        def undo() -> None:
            control_plane.slow_s -= self.by_s

        return undo
