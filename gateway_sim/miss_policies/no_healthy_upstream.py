"""Answer 503 "no healthy upstream" while a job has no pod, as Envoy does for a cluster without endpoints."""

from dataclasses import dataclass
from typing import ClassVar

from gateway_sim.miss_policies.answers import Miss, Refuse


@dataclass(frozen=True)
class NoHealthyUpstream:
    """503 in plain text for a route whose pod is on its way; 404 for a job that the replica does not see.

    Envoy logs them with the flags UH and NR. The 503 has no Retry-After, so pollers repeat without a pause. A
    job whose first route is late on this replica still gets a 404: only a job that has been moved gets the 503.
    """

    name: ClassVar[str] = "no-healthy-upstream"

    def on_miss(self, miss: Miss) -> Refuse:
        """Refuse."""
        if miss.seen is None or miss.seen.state == "TOMBSTONE":
            return Refuse(404, "route-not-found", "Not Found", "Trainer job not found or not running")
        why = "the route has no pod"
        return Refuse(503, "no-healthy-upstream", "No healthy upstream", why, text="no healthy upstream")
