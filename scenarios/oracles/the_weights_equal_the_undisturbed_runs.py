"""The only thing that matters in the end: the weights."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.events import RunFinished, WorldBuilt
from scenarios.oracles import Violation
from scenarios.world.trace import Trace
from trainer_pod.events import StepApplied


def the_weights_equal_the_undisturbed_runs(trace: Trace) -> Iterator[Violation]:
    """The weights of a finished run equal those of the same run without gateway or fault, byte for byte."""
    for entry in trace.of(RunFinished):
        built = next(trace.of(WorldBuilt), None)
        if built is None:
            raise LookupError("the trace does not tell what the undisturbed run's weights are")
        wanted = built.event.undisturbed
        last = [step.event for step in trace.of(StepApplied)][-1:]
        got = last[0].weights if last else "no step at all"
        if got != wanted:
            yield Violation(f"the run ended with weights {got[:12]}, undisturbed they are {wanted[:12]}", entry.at_s)
