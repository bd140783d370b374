"""Answer 404 at once: today's gateway."""

from dataclasses import dataclass
from typing import ClassVar

from gateway_sim.miss_policies.answers import Miss, Refuse


@dataclass(frozen=True)
class NotFound:
    """404 for whatever is not seen, be it gone, not yet here, or only not visible to this replica.

    The SDK takes a 404 as final on every leg, so one stale replica ends a healthy run (docs/reference/protocol.md §4).
    """

    name: ClassVar[str] = "not-found"

    def on_miss(self, miss: Miss) -> Refuse:
        """Refuse."""
        return Refuse(404, "route-not-found", "Not Found", "Trainer job not found or not running")
