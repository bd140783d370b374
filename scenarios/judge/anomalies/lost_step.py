"""A step was acknowledged that is not in the weights."""

from collections.abc import Iterator

from scenarios.judge.promises import Violation
from scenarios.judge.steps import acknowledged_steps
from scenarios.sim.trace import Trace


def lost_step(trace: Trace) -> Iterator[Violation]:
    """The user is told that step n is done, and the pod that answers has applied fewer."""
    for one in acknowledged_steps(trace):
        if one.is_lost:
            yield Violation(f"{one.words}, and the pod stands at {one.stands}", one.entry.at_s, one.witness)
