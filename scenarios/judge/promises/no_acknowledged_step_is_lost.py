"""An acknowledged step must be in the weights."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.judge.steps import acknowledged_steps
from gateway_sim.scenarios.sim.trace import Trace


def no_acknowledged_step_is_lost(trace: Trace) -> Iterator[Violation]:
    """No acknowledged step is lost: when step n is acknowledged to a script, its model has applied n steps."""
    for one in acknowledged_steps(trace):
        if one.is_lost:
            yield Violation(f"{one.words}, but the pod has applied {one.steps}", one.entry.at_s, one.witness)
