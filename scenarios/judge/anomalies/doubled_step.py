"""One batch moved the weights in two steps, or one step applied two batches."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.judge.steps import applied_steps
from gateway_sim.scenarios.sim.trace import Trace


def doubled_step(trace: Trace) -> Iterator[Violation]:
    """A batch does not move the weights exactly once: a step has too many gradients, too few, or none."""
    for one in applied_steps(trace):
        step = one.entry.event
        if one.extra:
            message = f"step {step.step} moved the weights on {step.accumulated} batches"
            yield Violation.of(message, *one.cause, one.entry)
        elif len(one.same) > 1:
            message = f"request {step.seq_id} moved the weights a second time"
            yield Violation.of(message, one.same[0], one.entry)
