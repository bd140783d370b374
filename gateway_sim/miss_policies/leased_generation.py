"""Read the table strongly on a miss, and answer what it says: the design of docs/reference/findings.md §3, "G*"."""

from dataclasses import dataclass, field
from typing import ClassVar

from gateway_sim.miss_policies.answers import AskPrimary, Miss, Refuse, Wait
from gateway_sim.miss_policies.later import gone, hold_s, not_yet


@dataclass(frozen=True)
class LeasedGeneration:
    """One coalesced strong read on a miss, on an older generation than asked for, and where a route led astray.

    READY: forward, and let the replica know. PENDING: hold for `longest_s`, then 503 by leg. A tombstone, or nothing at
    all: `gone_status` with `x-should-retry: false`. Where no strong read can be had nothing is proved, so the answer is
    that for PENDING and never a 404. It costs 1 read unit instead of 0.5, on misses alone, and one more each
    `check_every_s` while it holds. `gone_status` 410 instead of 404 makes even a client that retries any 404 (PR 344)
    fail at once; on a poll tinker says "promise expired" to it (docs/reference/protocol.md §4.3).
    """

    name: ClassVar[str] = "leased-generation"
    follows_strays: ClassVar[bool] = True

    longest_s: float = 10.0
    check_every_s: float = field(default=0.5, metadata={"least": 0.01})
    retry_after_s: float = 1.0
    gone_status: int = field(default=404, metadata={"among": (404, 410)})

    def on_miss(self, miss: Miss) -> AskPrimary | Wait | Refuse:
        """Ask the table, then do as it says."""
        if not miss.asked_primary and not miss.unreadable:
            return AskPrimary()
        seen = miss.seen
        if miss.asked_primary and seen is None:
            return gone("route-unknown", "there is no route for this trainer job and there never was", self.gone_status)
        if miss.asked_primary and seen is not None and seen.state == "TOMBSTONE" and seen.generation >= miss.at_least:
            return gone("route-gone", f"the trainer's route ended with generation {seen.generation}", self.gone_status)
        if miss.waited_s < hold_s(miss.leg, self.longest_s) - 1e-9:
            return Wait(self.check_every_s)
        why = (
            f"nothing can be proved about the route now: {miss.unreadable}" if miss.unreadable else "the pod is not up"
        )
        return not_yet(why, self.retry_after_s)
