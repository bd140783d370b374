"""What a small world decided, where its code looked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReplicaLooked:
    """A gateway replica was asked for the route, and sees "nothing", "the route" or "its tombstone" by now."""

    replica: str
    sees: str


@dataclass(frozen=True)
class HopLost:
    """A message was lost between two hops, such as "pod to gateway"; whoever waits for it sees a reset."""

    hop: str
    path: str
