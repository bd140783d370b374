"""A control plane that takes its time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from scenarios.world.builder import World


@dataclass(frozen=True)
class SlowControlPlane:
    """The control plane answers everything `by_s` late; above 5 s no probe waits for it (PROTOCOL §3)."""

    by_s: float
    name: ClassVar[str] = "slow-control-plane"
    for_s: float | None = None

    def begin(self, world: World) -> None:
        """Slow down."""
        world.control_plane.slow_s += self.by_s

    def end(self, world: World) -> None:
        """Be quick again."""
        world.control_plane.slow_s -= self.by_s
