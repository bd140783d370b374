"""Answer 503 with `queue_state: route_not_ready`: the second gateway fix that PR 348 names."""

from dataclasses import dataclass, field
from typing import ClassVar

from gateway_sim.miss_policies.answers import Miss, Refuse, Wait
from gateway_sim.miss_policies.later import HELD


@dataclass(frozen=True)
class RouteNotReady:
    """503 for any route that the replica does not see, so that the SDK's own loops retry.

    Without settings, as in the PR, pollers send requests without pause: after a 503 the SDK polls again at once,
    ignores Retry-After and does not read queue_state (docs/reference/protocol.md §4.3). `retry_after_s` slows down
    dispatches and connects. `hold_poll_s` holds a poll for so long and looks again before it answers. A deleted job
    looks like a late route, so its caller waits for as long as the SDK retries: 300 s on a dispatch.
    """

    name: ClassVar[str] = "route-not-ready"

    retry_after_s: float | None = None
    hold_poll_s: float | None = field(default=None, metadata=HELD)

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
