"""Ask the control plane whether a missing route is late or deleted: the third gateway fix that PR 348 names."""

from dataclasses import dataclass, field
from typing import ClassVar

from gateway_sim.miss_policies.answers import AskControlPlane, Miss, Refuse, Wait
from gateway_sim.miss_policies.later import HELD, gone, hold_s, not_yet


@dataclass(frozen=True)
class TellGoneFromStale:
    """503 if the control plane reports the job as RUNNING or starting; final 404 if it is deleted or unknown there.

    Each burst of misses costs a control-plane call, and the data plane depends on the control plane: without its answer
    nothing is proved and the gateway answers 503. Polls are held for `hold_poll_s` first, or the SDK would poll without
    pause; other legs get `retry_after_s`. A READY route with a wrong address is no miss, so it is not covered.
    """

    name: ClassVar[str] = "tell-gone-from-stale"

    retry_after_s: float = 1.0
    hold_poll_s: float = field(default=1.0, metadata=HELD)

    def on_miss(self, miss: Miss) -> AskControlPlane | Wait | Refuse:
        """Ask the control plane, then decide by its answer."""
        if miss.liveness is None:
            return AskControlPlane()
        if miss.liveness == "gone":
            return gone("route-gone", "the control plane has no such trainer job, or it has ended")
        if miss.leg == "poll" and miss.waited_s < hold_s("poll", self.hold_poll_s):
            return Wait(self.hold_poll_s - miss.waited_s)
        return not_yet(f"the trainer job is {miss.liveness}, its route is not seen here yet", self.retry_after_s)
