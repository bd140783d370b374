"""Answer 503 with `queue_state: route_not_ready`: the second gateway fix that PR 348 names."""

from dataclasses import dataclass
from typing import ClassVar

from gateway_sim.miss_policies.answers import Miss, Refuse, Wait


@dataclass(frozen=True)
class RouteNotReady:
    """503 for whatever is not seen, so that the SDK's own loops retry it.

    As the PR words it, with no settings, it makes pollers spin: the SDK polls again at once after a 503, ignores its
    Retry-After and never reads its queue_state (docs/reference/protocol.md §4.3). `retry_after_s` slows dispatches and
    connects down; `hold_poll_s` keeps a poll that long, looks again, and only then answers. It cannot tell a deleted
    job from a late route: a caller of a job that is gone is kept for as long as the SDK retries, 300 s on a dispatch.
    """

    name: ClassVar[str] = "route-not-ready"

    retry_after_s: float | None = None
    hold_poll_s: float | None = None

    def on_miss(self, miss: Miss) -> Wait | Refuse:
        """Hold a poll if set to, then refuse."""
        if miss.leg == "poll" and self.hold_poll_s is not None and miss.waited_s < self.hold_poll_s:
            return Wait(self.hold_poll_s - miss.waited_s)
        headers = {} if self.retry_after_s is None else {"Retry-After": f"{self.retry_after_s:g}"}
        return Refuse(
            503,
            "route-not-ready",
            "Route not ready",
            "this gateway does not see the trainer's route yet; try again",
            headers,
            {"queue_state": "route_not_ready"},
        )
