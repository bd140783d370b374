"""The weights decide whether a run was correct."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation, in_order
from gateway_sim.scenarios.judge.steps import final_models
from gateway_sim.scenarios.sim.events import RunFinished, WorldBuilt
from gateway_sim.scenarios.sim.trace import Trace
from gateway_sim.trainer_pod.events import StepApplied


def the_weights_equal_the_undisturbed_runs(trace: Trace) -> Iterator[Violation]:
    """The weights equal the undisturbed run's: a finished run ends with those it has without gateway or fault.

    They are compared byte for byte, by their digest; in a group of clients, for each member's model. A trace without
    the undisturbed digest cannot be judged.
    """
    for finished in trace.of(RunFinished):
        built = next(trace.of(WorldBuilt), None)
        if built is None:
            raise LookupError("the trace does not have the weights of the undisturbed run")
        wanted = built.event.undisturbed
        steps = list(trace.of(StepApplied))
        if not steps:
            yield Violation.of("the run ended, and no pod had applied a step", finished)
        last = {(step.event.account, step.event.job, step.event.model_id): step for step in steps}
        for step in [last.get(model) for model in sorted(final_models(trace))] or steps[-1:]:
            got = step.event.weights if step else "none"
            if got != wanted:
                message = f"the run ended with weights {got[:12]}, the undisturbed run's are {wanted[:12]}"
                shown = in_order(trace, built, finished, *([step] if step else []))
                yield Violation(message, finished.at_s, shown)
