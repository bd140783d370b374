"""A pod's answer that never arrives, though the work is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from gateway_sim.legs import PATHS, leg_of
from scenarios.sim.errors import check
from scenarios.sim.events import ReplyLost
from scenarios.world.faulty_upstream import Bend

if TYPE_CHECKING:
    from scenarios.world.builder import World

LOST_S = float("inf")


@dataclass(frozen=True)
class LostReply:
    """The next answer of a pod on a route is lost between pod and gateway; the pod has taken the request."""

    route: str
    name: ClassVar[str] = "lost-reply"
    for_s: float | None = None
    _bends: list[Bend] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a route that no SDK asks for: its answer would never come. Raises `UnknownWord`."""
        check("route", self.route, PATHS)

    def begin(self, world: World) -> None:
        """Wait for the next answer on the route, and lose it."""

        def lose(path: str) -> float | None:
            if path != self.route:
                return None
            self.end(world)
            world.emit(ReplyLost(leg_of(f"api/v1/{path}")))
            return LOST_S

        self._bends.append(lose)
        world.upstream.bends.append(lose)

    def end(self, world: World) -> None:
        """Lose nothing any more."""
        while self._bends:
            world.upstream.bends.remove(self._bends.pop())
