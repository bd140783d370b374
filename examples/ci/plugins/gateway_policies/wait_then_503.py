"""Our gateway's change: wait two seconds for the route, then answer 503 and say when to come back."""

from dataclasses import dataclass
from typing import ClassVar

from gateway_sim.miss_policies import Miss, Refuse, Wait


@dataclass(frozen=True)
class WaitThen503:
    """Waits `patience_s` for the route, then answers 503 with a Retry-After; it asks no one whether the job lives."""

    name: ClassVar[str] = "wait-then-503"

    patience_s: float = 2.0

    def on_miss(self, miss: Miss) -> Wait | Refuse:
        """Wait once, then refuse for now."""
        if miss.waited_s < self.patience_s:
            return Wait(self.patience_s - miss.waited_s)
        return Refuse(
            503, "route-not-ready", "Route not ready", "the route is not known here yet", {"Retry-After": "1"}
        )
