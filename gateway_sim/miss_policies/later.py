"""The answers "not yet" and "gone", and how long a request may be held: the SDK's loops differ by leg."""

from typing import Final

from gateway_sim.legs import Leg
from gateway_sim.miss_policies.answers import Refuse

HELD: Final = {"below": 40, "why": "the SDK waits 45"}
"""The bounds of a setting by which a poll is held: the SDK would give the poll up before it is answered."""


def hold_s(leg: Leg, longest_s: float) -> float:
    """Return how many seconds a request of this leg may be held, at most `longest_s`.

    The SDK waits 60 s for a call, 45 s for a poll, 10 s for a heartbeat and 5 s for healthz
    (docs/reference/protocol.md §1, §3). The SDK ignores a refused heartbeat, so holding one is useless.
    """
    if leg in ("heartbeat", "other"):
        return 0.0
    return min(longest_s, 4.0) if leg == "health" else min(longest_s, 40.0)


def not_yet(why: str, retry_after_s: float) -> Refuse:
    """Return 503 with `Retry-After` and a queue_state; hold a poll before, or the SDK polls again at once."""
    # docs/reference/protocol.md §6
    headers = {"Retry-After": f"{retry_after_s:g}"}
    return Refuse(503, "route-not-ready", "Route not ready", why, headers, {"queue_state": "route_not_ready"})


def gone(slug: str, why: str, status: int = 404) -> Refuse:
    """Return the final answer for a deleted job, with `x-should-retry: false` so that the SDK does not retry."""
    return Refuse(status, slug, "Trainer gone", why, {"x-should-retry": "false"})
