"""A pod's answer that arrives late, perhaps when nobody waits for it any more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from gateway_sim.legs import PATHS, leg_of
from scenarios.sim.errors import check
from scenarios.sim.events import ReplyDelayed
from scenarios.world.faulty_upstream import Bend

if TYPE_CHECKING:
    from scenarios.world.builder import World


@dataclass(frozen=True)
class DelayedReply:
    """The next answer of a pod on a route reaches the gateway `by_s` late; the pod has taken the request."""

    route: str
    by_s: float
    name: ClassVar[str] = "delayed-reply"
    for_s: float | None = None
    _bends: list[Bend] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a route that no SDK asks for: its answer would never come. Raises `UnknownWord`."""
        check("route", self.route, PATHS)

    def begin(self, world: World) -> None:
        """Wait for the next answer on the route, and hold it up."""

        def delay(path: str) -> float | None:
            if path != self.route:
                return None
            self.end(world)
            world.emit(ReplyDelayed(leg_of(f"api/v1/{path}"), self.by_s))
            return self.by_s

        self._bends.append(delay)
        world.upstream.bends.append(delay)

    def end(self, world: World) -> None:
        """Hold nothing up any more."""
        while self._bends:
            world.upstream.bends.remove(self._bends.pop())
