"""An interruption leaves no trace in the weights."""

from gateway_sim.scenarios.orchestration.promises.an_interruption_leaves_no_trace_in_the_weights import (
    an_interruption_leaves_no_trace_in_the_weights,
)
from gateway_sim.scenarios.orchestration.workloads.events import TrainingEnded


def test_the_same_weights_keep_it_and_others_break_it(history, broken):
    """Bit for bit: one digest or another."""
    promise = an_interruption_leaves_no_trace_in_the_weights
    assert broken(promise, history((9.0, TrainingEnded(3, "aa", "aa")))) == []
    assert broken(promise, history((9.0, TrainingEnded(3, "aa", "bb")))) == [
        (9.0, "the weights are aa, the uninterrupted run's are bb")
    ]
