"""Ask the control plane what a missing route means: the third gateway fix that PR 348 names."""

from dataclasses import dataclass
from typing import ClassVar

from gateway_sim.miss_policies.answers import AskControlPlane, Miss, Refuse, Wait
from gateway_sim.miss_policies.later import gone, hold_s, not_yet


@dataclass(frozen=True)
class TellGoneFromStale:
    """RUNNING or starting by the control plane: 503 to come back later; deleted or unknown to it: 404 for good.

    It costs a control-plane call for each burst of misses, and ties the data plane to the control plane: when that does
    not answer, nothing is proved and the answer is 503. Polls are kept for `hold_poll_s` first, or they would spin; all
    else is slowed by `retry_after_s`. A READY route that leads astray is no miss, and passes unseen.
    """

    name: ClassVar[str] = "tell-gone-from-stale"

    retry_after_s: float = 1.0
    hold_poll_s: float = 1.0

    def on_miss(self, miss: Miss) -> AskControlPlane | Wait | Refuse:
        """Ask, then tell."""
        if miss.liveness is None:
            return AskControlPlane()
        if miss.liveness == "gone":
            return gone("route-gone", "the control plane has no such trainer job, or it has ended")
        if miss.leg == "poll" and miss.waited_s < hold_s("poll", self.hold_poll_s):
            return Wait(self.hold_poll_s - miss.waited_s)
        return not_yet(f"the trainer job is {miss.liveness}, its route is not seen here yet", self.retry_after_s)
