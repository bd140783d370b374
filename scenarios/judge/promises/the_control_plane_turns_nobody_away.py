"""Whoever asks whether their job lives should hear it."""

from __future__ import annotations

from collections.abc import Iterator

from control_plane.events import RequestTurnedAway
from scenarios.judge.promises import Violation
from scenarios.sim.trace import Trace


def the_control_plane_turns_nobody_away(trace: Trace) -> Iterator[Violation]:
    """The control plane turns nobody away: no more ask it at once than it can answer."""
    away = list(trace.of(RequestTurnedAway))
    if away:
        yield Violation(f"{len(away)} requests were turned away", away[0].at_s)
