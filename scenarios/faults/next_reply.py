"""A pod's answer that arrives late or never, although the pod has done the work."""

from dataclasses import dataclass
from typing import ClassVar

from gateway_sim.legs import PATHS, leg_of
from gateway_sim.scenarios.sim.errors import check
from gateway_sim.scenarios.sim.events import ReplyDelayed, ReplyLost
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.fault import Undo
from gateway_sim.scenarios.world.faulty_upstream import LOST_S


@dataclass(frozen=True)
class _NextReply:
    """Affects the next answer of a pod on one route. Raises `UnknownWord` for a route that no SDK calls."""

    route: str

    def __post_init__(self) -> None:
        check("route", self.route, PATHS)

    def _delay(self, world: World, late_s: float, event: ReplyDelayed | ReplyLost) -> Undo:
        return world.upstream.delay_next(self.route, late_s, lambda: world.emit(event))


@dataclass(frozen=True)
class DelayedReply(_NextReply):
    """The next answer of a pod on a route reaches the gateway `by_s` late; the pod has accepted the request."""

    by_s: float
    name: ClassVar[str] = "delayed-reply"
    for_s: float | None = None

    def begin(self, world: World) -> Undo:
        """Delay the next answer on the route."""
        return self._delay(world, self.by_s, ReplyDelayed(leg_of(f"api/v1/{self.route}"), self.by_s))


@dataclass(frozen=True)
class LostReply(_NextReply):
    """The next answer of a pod on a route is lost between pod and gateway; the pod has accepted the request."""

    name: ClassVar[str] = "lost-reply"
    for_s: float | None = None

    def begin(self, world: World) -> Undo:
        """Lose the next answer on the route."""
        return self._delay(world, LOST_S, ReplyLost(leg_of(f"api/v1/{self.route}")))
