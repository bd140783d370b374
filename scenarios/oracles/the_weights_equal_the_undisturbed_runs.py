"""The only thing that matters in the end: the weights."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.events import RunFinished, WorldBuilt
from scenarios.oracles import Violation
from scenarios.world.trace import Trace
from trainer_pod.events import StepApplied


def the_weights_equal_the_undisturbed_runs(trace: Trace) -> Iterator[Violation]:
    """The weights equal the undisturbed run's: a finished run ends with those it has without gateway or fault.

    They are compared byte for byte, by their digest. A trace that does not hold the undisturbed one cannot be judged.
    """
    for entry in trace.of(RunFinished):
        built = next(trace.of(WorldBuilt), None)
        if built is None:
            raise LookupError("the trace does not tell what the undisturbed run's weights are")
        wanted = built.event.undisturbed
        steps = [step.event for step in trace.of(StepApplied)]
        if not steps:
            yield Violation("the run ended, and no pod had applied a step", entry.at_s)
        elif steps[-1].weights != wanted:
            got = steps[-1].weights
            yield Violation(f"the run ended with weights {got[:12]}, undisturbed they are {wanted[:12]}", entry.at_s)
