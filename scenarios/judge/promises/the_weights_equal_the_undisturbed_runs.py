"""The only thing that matters in the end: the weights."""

from __future__ import annotations

from collections.abc import Iterator

from scenarios.judge.acknowledged import final_models
from scenarios.judge.promises import Violation
from scenarios.sim.events import RunFinished, WorldBuilt
from scenarios.sim.trace import Trace
from trainer_pod.events import StepApplied


def the_weights_equal_the_undisturbed_runs(trace: Trace) -> Iterator[Violation]:
    """The weights equal the undisturbed run's: a finished run ends with those it has without gateway or fault.

    They are compared byte for byte, by their digest; of a herd, those of each member's model. A trace that does not
    hold the undisturbed one cannot be judged.
    """
    for entry in trace.of(RunFinished):
        built = next(trace.of(WorldBuilt), None)
        if built is None:
            raise LookupError("the trace does not tell what the undisturbed run's weights are")
        wanted = built.event.undisturbed
        steps = [step.event for step in trace.of(StepApplied)]
        if not steps:
            yield Violation("the run ended, and no pod had applied a step", entry.at_s)
        last = {(step.account, step.job, step.model_id): step.weights for step in steps}
        ended = [last.get(model, "none") for model in sorted(final_models(trace))] or [s.weights for s in steps[-1:]]
        for got in ended:
            if got != wanted:
                why = f"the run ended with weights {got[:12]}, undisturbed they are {wanted[:12]}"
                yield Violation(why, entry.at_s)
