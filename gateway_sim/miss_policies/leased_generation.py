"""Read the table strongly on a miss, and answer by its state: design "G*" of docs/reference/findings.md §3."""

from dataclasses import dataclass, field
from typing import ClassVar

from gateway_sim.miss_policies.answers import AskPrimary, Miss, Refuse, Wait
from gateway_sim.miss_policies.later import gone, hold_s, not_yet


@dataclass(frozen=True)
class LeasedGeneration:
    """One coalesced strong read on a miss, on a route of an older generation, and on a wrong address.

    A request that would begin a run at a draining pod gets a 503 until the next pod is READY: a drain may take longer
    than a request can be held.

    READY: forward, and the replica learns the route. PENDING: hold for up to `longest_s`, then 503 with a Retry-After
    of `retry_after_s`. A tombstone or no item: `gone_status` with `x-should-retry: false`. Without a strong read
    nothing is proved, so the answer is as for PENDING and never 404. A miss costs 1 read unit instead of 0.5, and
    another each `check_every_s` while it is held. `gone_status` 410 makes even a client that retries any 404 (PR 344)
    fail at once; on a poll, tinker reports an expired promise then (docs/reference/protocol.md §4.3).
    """

    name: ClassVar[str] = "leased-generation"
    follows_strays: ClassVar[bool] = True
    spares_draining: ClassVar[bool] = True

    longest_s: float = 10.0
    check_every_s: float = field(default=0.5, metadata={"least": 0.01})
    retry_after_s: float = 1.0
    gone_status: int = field(default=404, metadata={"among": (404, 410)})

    def on_miss(self, miss: Miss) -> AskPrimary | Wait | Refuse:
        """Read strongly, then decide by the result."""
        if not miss.asked_primary and not miss.unreadable:
            return AskPrimary()
        seen = miss.seen
        if miss.asked_primary and seen is None:
            return gone("route-unknown", "there is no route for this trainer job and there never was", self.gone_status)
        if miss.asked_primary and seen is not None and seen.state == "TOMBSTONE" and seen.generation >= miss.at_least:
            return gone("route-gone", f"the trainer's route ended with generation {seen.generation}", self.gone_status)
        if seen is not None and seen.draining and miss.begins_run:
            return not_yet("the pod is draining and takes no new run", self.retry_after_s)
        if miss.waited_s < hold_s(miss.leg, self.longest_s) - 1e-9:
            return Wait(self.check_every_s)
        why = (
            f"nothing can be proved about the route now: {miss.unreadable}" if miss.unreadable else "the pod is not up"
        )
        return not_yet(why, self.retry_after_s)
