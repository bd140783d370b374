"""Pods that answer each request with an error for a time."""

from dataclasses import dataclass
from typing import ClassVar, Final

from gateway_sim.legs import leg_of
from gateway_sim.scenarios.sim.errors import check
from gateway_sim.scenarios.sim.events import PodErred
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.fault import Undo

HOW: Final = ("503", "reset")


@dataclass(frozen=True)
class PodErrors:
    """Pods answer every request with 503 and do nothing, or do the work and reset the connection."""

    name: ClassVar[str] = "pod-errors"
    for_s: float | None
    how: str = "503"
    """503 (nothing was done) or reset (the work was done, and only its answer is lost)."""

    def __post_init__(self) -> None:
        check("how", self.how, HOW)

    def begin(self, world: World) -> Undo:
        """Fail every request, with the newest of the overlapping faults."""
        return world.upstream.fail(
            after_work=self.how == "reset", met=lambda path: world.emit(PodErred(leg_of(f"api/v1/{path}"), self.how))
        )
