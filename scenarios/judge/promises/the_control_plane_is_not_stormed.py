"""Asking whether a job lives must not be what kills the control plane."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from client.events import ControlPlaneProbed
from scenarios.judge.promises import Violation
from scenarios.sim.trace import Trace

WITHIN_S = 0.05
MOST = 32


def the_control_plane_is_not_stormed(trace: Trace) -> Iterator[Violation]:
    """The control plane is not stormed: no more than 32 clients ask it within the same 50 ms."""
    asked: deque[float] = deque()
    for entry in trace.of(ControlPlaneProbed):
        asked.append(entry.at_s)
        while asked[0] < entry.at_s - WITHIN_S:
            asked.popleft()
        if len(asked) > MOST:
            yield Violation(f"{len(asked)} clients asked within {WITHIN_S * 1000:.0f} ms", entry.at_s)
            return
