"""The weights show whether a table still holds the true rows."""

from collections.abc import Iterator

from gateway_sim.scenarios.judge.promises import Violation
from gateway_sim.scenarios.orchestration.workloads.model_events import ModelCompared
from gateway_sim.scenarios.sim.trace import Trace


def the_model_is_that_of_the_true_rows(trace: Trace) -> Iterator[Violation]:
    """The model is that of the true rows: its weights are, byte for byte, those of a training on these rows."""
    for entry in trace.of(ModelCompared):
        model = entry.event
        if model.weights != model.undisturbed:
            yield Violation.of(
                f"the model of {model.table} has loss {model.loss[0]:.3f} on its own rows and {model.loss[1]:.3f} on "
                f"others, where the true rows give {model.reference_loss[0]:.3f} and {model.reference_loss[1]:.3f}",
                entry,
            )
