"""What the user was told is done is done."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.events import StepAcknowledged
from scenarios.oracles import Violation
from scenarios.world.trace import Trace
from trainer_pod.events import StepApplied


def no_acknowledged_step_is_lost(trace: Trace) -> Iterator[Violation]:
    """No acknowledged step is lost: when the user hears of step n, a pod has applied n steps."""
    applied = 0
    for entry in trace.of(StepApplied, StepAcknowledged):
        if isinstance(entry.event, StepApplied):
            applied = entry.event.step
        elif applied < entry.event.step:
            yield Violation(f"step {entry.event.step} was acknowledged, but the pod stands at {applied}", entry.at_s)
