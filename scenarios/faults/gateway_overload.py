"""A gateway that is overloaded for a time."""

from dataclasses import dataclass
from typing import ClassVar

from gateway_sim.admission import AdmissionRule
from gateway_sim.app import Gateway
from gateway_sim.scenarios.sim.errors import SettingsRefused, check
from gateway_sim.scenarios.world.builder import World
from gateway_sim.scenarios.world.fault import Undo
from gateway_sim.scenarios.world.settings import TOLD


@dataclass(frozen=True)
class GatewayOverload:
    """Each gateway replica admits few requests, and answers the others itself with a Retry-After."""

    name: ClassVar[str] = "gateway-overload"
    for_s: float | None
    per_s: float = 1.0
    """The requests that a replica admits each second."""
    status: int = 429
    """429 or 503."""
    retry_after_s: float = 0.0
    """What the others are told (0: when there will be room)."""
    told: str = "seconds"
    """The form of Retry-After: seconds or date."""

    def __post_init__(self) -> None:
        check("told", self.told, TOLD)
        if not self.per_s > 0:
            raise SettingsRefused(f"per_s is {self.per_s}; it must be above 0")
        if self.status not in (429, 503):
            raise SettingsRefused(f"status is {self.status}; it must be 429 or 503")

    def begin(self, world: World) -> Undo:
        """Narrow the admission. Raises `SettingsRefused` for a gateway of a user's own."""
        gateway = world.raced
        if not isinstance(gateway, Gateway) or gateway.admission is None:
            raise SettingsRefused(f"{self.name} is for this project's gateway; overload your own by its own limits")
        as_date = self.told == "date"
        rule = AdmissionRule(self.per_s, status=self.status, retry_after_s=self.retry_after_s, as_date=as_date)
        return gateway.admission.narrow(rule)
