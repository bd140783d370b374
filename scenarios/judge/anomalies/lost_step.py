"""An acknowledged step is not in the weights."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.judge.steps import acknowledged_steps
from gateway_sim.scenarios.sim.trace import Trace


def lost_step(trace: Trace) -> Iterator[Violation]:
    """A step is acknowledged to the user, and the answering pod has applied fewer steps."""
    for one in acknowledged_steps(trace):
        if one.is_lost:
            yield Violation(f"{one.words}, and the pod has applied {one.steps}", one.entry.at_s, one.witness)
