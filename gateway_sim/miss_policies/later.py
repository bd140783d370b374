"""How a gateway says "not yet" so that the SDK's own loops wait: by leg, because each leg hears something else."""

from gateway_sim.legs import Leg
from gateway_sim.miss_policies.answers import Refuse


def hold_s(leg: Leg, longest_s: float) -> float:
    """Return how long a request of this leg may be kept: polls and calls `longest_s`, the others hardly.

    The SDK waits 60 s for a call, 45 s for a poll, 10 s for a heartbeat and 5 s for healthz
    (docs/reference/protocol.md §1, §3). A refused heartbeat is ignored, so it is not worth keeping.
    """
    if leg in ("heartbeat", "other"):
        return 0.0
    return min(longest_s, 4.0) if leg == "health" else min(longest_s, 40.0)


def not_yet(why: str, retry_after_s: float) -> Refuse:
    """Return 503 with `Retry-After` and a queue_state; a poll must have been held before."""
    # docs/reference/protocol.md §6
    headers = {"Retry-After": f"{retry_after_s:g}"}
    return Refuse(503, "route-not-ready", "Route not ready", why, headers, {"queue_state": "route_not_ready"})


def gone(slug: str, why: str, status: int = 404) -> Refuse:
    """Return an answer for good: no such trainer, and `x-should-retry: false` so that no loop of the SDK asks again."""
    return Refuse(status, slug, "Trainer gone", why, {"x-should-retry": "false"})
