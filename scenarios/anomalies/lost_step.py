"""Told, and not so."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.anomalies import Witness
from scenarios.events import StepAcknowledged
from scenarios.world.trace import Entry, Trace
from trainer_pod.events import StepApplied


def lost_step(trace: Trace) -> Iterator[Witness]:
    """The user is told that step n is done, and the pod that answers has applied fewer."""
    applied: Entry | None = None
    for entry in trace.of(StepApplied, StepAcknowledged):
        if isinstance(entry.event, StepApplied):
            applied = entry
            continue
        stands = applied.event.step if applied else 0
        if stands < entry.event.step:
            why = f"step {entry.event.step} was acknowledged, and the pod stands at {stands}"
            yield Witness(why, (applied, entry) if applied else (entry,))
