"""However often a call is sent, the weights move once for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from scenarios.judge.measure import applied_again
from scenarios.judge.promises import Violation
from scenarios.sim.trace import Trace
from trainer_pod.events import StepApplied


def no_step_is_applied_twice(trace: Trace) -> Iterator[Violation]:
    """No step is applied twice: each batch's gradient is in the weights once, and each seq_id moves them once."""
    for entry, _ in applied_again(trace):
        step = entry.event
        yield Violation(f"step {step.step} moved the weights on {step.accumulated} batches instead of 1", entry.at_s)
    seen: Counter[tuple[str, str, str, int, int]] = Counter()
    for entry in trace.of(StepApplied):
        step = entry.event
        key = (step.account, step.job, step.model_id, step.incarnation, step.seq_id)
        seen[key] += 1
        if seen[key] > 1:
            yield Violation(f"request {step.seq_id} of {step.model_id} was applied {seen[key]} times", entry.at_s)
