"""A pod's answer that never arrives, though the work is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from gateway_sim.legs import leg_of
from scenarios.events import ReplyLost

if TYPE_CHECKING:
    from scenarios.world.build import World


@dataclass(frozen=True)
class LostReply:
    """The next answer of a pod on a route is lost between pod and gateway; the pod has taken the request."""

    route: str
    name: ClassVar[str] = "lost-reply"
    for_s: float | None = None
    _before: list[Callable[[str], bool]] = field(default_factory=list, init=False, repr=False, compare=False)

    def begin(self, world: World) -> None:
        """Wait for the next answer on the route, and lose it."""

        def loses(path: str) -> bool:
            if path != self.route:
                return False
            self.end(world)
            world.emit(ReplyLost(leg_of(f"api/v1/{path}")))
            return True

        self._before[:] = [world.upstream.loses]
        world.upstream.loses = loses

    def end(self, world: World) -> None:
        """Lose nothing any more."""
        world.upstream.loses = self._before[0]
