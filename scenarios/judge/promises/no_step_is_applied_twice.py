"""A call moves the weights once, however often it is sent."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.judge.steps import applied_steps
from gateway_sim.scenarios.sim.trace import Trace


def no_step_is_applied_twice(trace: Trace) -> Iterator[Violation]:
    """No step is applied twice: each batch's gradient is in the weights once, and each seq_id moves them once."""
    steps = applied_steps(trace)
    for one in steps:
        if one.extra:
            step = one.entry.event
            message = f"step {step.step} moved the weights on {step.accumulated} batches instead of 1"
            yield Violation.of(message, *one.cause, one.entry)
    for one in steps:
        if len(one.same) > 1:
            step = one.entry.event
            message = f"request {step.seq_id} of {step.model_id} was applied {len(one.same)} times"
            yield Violation(message, one.entry.at_s, one.same)
