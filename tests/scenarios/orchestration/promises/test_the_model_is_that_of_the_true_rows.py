"""The model is that of the true rows: by its weights, not by its losses."""

from gateway_sim.scenarios.orchestration.promises.the_model_is_that_of_the_true_rows import (
    the_model_is_that_of_the_true_rows,
)
from gateway_sim.scenarios.orchestration.workloads.model_events import ModelCompared


def test_the_same_weights_keep_it(history, broken):
    """Byte for byte."""
    trace = history((1.0, ModelCompared("rides", "abc", "abc", (0.2, 0.3), (0.2, 0.3))))
    assert broken(the_model_is_that_of_the_true_rows, trace) == []


def test_other_weights_break_it_though_the_losses_agree(history, broken):
    """Duplicated rows hardly show in a loss."""
    trace = history((1.0, ModelCompared("rides", "abd", "abc", (0.2, 0.3), (0.2, 0.3))))
    assert broken(the_model_is_that_of_the_true_rows, trace) == [
        (
            1.0,
            "the model of rides has loss 0.200 on its own rows and 0.300 on others, "
            "where the true rows give 0.200 and 0.300",
        )
    ]
