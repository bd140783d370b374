"""Our users look for a mistake in their own script when no step comes."""

from collections.abc import Iterator

from gateway_sim import Trace, Violation
from gateway_sim.scenarios.sim.events import RunStarted, StepAcknowledged

LONGEST_S = 20.0


def the_first_step_comes_within_twenty_seconds(trace: Trace) -> Iterator[Violation]:
    """The first step comes within twenty seconds of the script's start."""
    began = next(trace.of(RunStarted))
    first = next(trace.of(StepAcknowledged), None)
    if first is None:
        yield Violation("no step was acknowledged", began.at_s, (began,))
    elif first.at_s - began.at_s > LONGEST_S:
        yield Violation(f"the first step took {first.at_s - began.at_s:.0f} s", first.at_s, (began, first))
