"""Batches that do not move the weights exactly once, on traces written by hand."""

import pytest

from gateway_sim.scenarios.judge.anomalies.doubled_step import doubled_step
from gateway_sim.trainer_pod.events import GradientsAccumulated, StepApplied

MODEL = ("acme", "job-1", 1, "m")
BATCH, LATER = (GradientsAccumulated(*MODEL, seq_id, "forward_backward") for seq_id in (1, 3))


def applied(seq_id: int, step: int, accumulated: int) -> StepApplied:
    """Return a step of the model."""
    return StepApplied(*MODEL, seq_id, step, accumulated, "weights")


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ([BATCH, applied(2, 1, 1), LATER, applied(4, 2, 1)], []),
        ([BATCH, BATCH, applied(2, 1, 2)], [("step 1 moved the weights on 2 batches", (0, 1, 2))]),
        ([BATCH, applied(2, 1, 1), applied(4, 2, 0)], [("step 2 moved the weights on 0 batches", (1, 2))]),
        ([BATCH, applied(2, 1, 1), LATER, applied(2, 2, 1)], [("request 2 moved the weights a second time", (1, 3))]),
        ([BATCH, BATCH, applied(2, 1, 2), applied(2, 2, 0)],
         [("step 1 moved the weights on 2 batches", (0, 1, 2)), ("step 2 moved the weights on 0 batches", (2, 3))]),
    ],
    ids=["each batch once", "a batch twice", "momentum alone", "a request twice", "both at once"],
)  # fmt: skip
def test_each_step_that_is_not_of_one_batch_is_shown(history, told, shown):
    """By the gradients that it applied or the step before it; a step is shown once."""
    trace = history(*enumerate(told))
    assert [(one.message, one.witness) for one in doubled_step(trace)] == [
        (text, tuple(trace.entries[n] for n in places)) for text, places in shown
    ]
