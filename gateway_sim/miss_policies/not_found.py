"""Answer 404 at once: today's gateway."""

from dataclasses import dataclass
from typing import ClassVar

from gateway_sim.miss_policies.answers import Miss, Refuse


@dataclass(frozen=True)
class NotFound:
    """404 for any route that the replica does not see: deleted, not yet published, or late on this replica.

    A 404 is final for the SDK on every leg, so one stale replica ends a healthy run (docs/reference/protocol.md §4).
    """

    name: ClassVar[str] = "not-found"

    def on_miss(self, miss: Miss) -> Refuse:
        """Refuse."""
        return Refuse(404, "route-not-found", "Not Found", "Trainer job not found or not running")
