"""Told, and not so."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.judge.acknowledged import heard
from scenarios.judge.anomalies import Witness
from scenarios.sim.trace import Trace


def lost_step(trace: Trace) -> Iterator[Witness]:
    """The user is told that step n is done, and the pod that answers has applied fewer."""
    for one in heard(trace):
        if one.unfounded:
            why = f"{one.told}, and the pod stands at {one.stands}"
            yield Witness(why, (one.applied, one.word) if one.applied else (one.word,))
