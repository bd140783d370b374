"""The events of gateway replicas whose clocks are wrong."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ClockSet:
    """A replica's clock is `ahead_s` ahead of the control plane's from now on (negative: behind; 0: right)."""

    replica: str
    ahead_s: float


@dataclass(frozen=True)
class LeasesMisjudged:
    """A replica's wrong clock decided `times` reads: a valid lease had ended by it, or an ended one was valid."""

    replica: str
    times: int
