"""No model is rolled back by chance: it is expected to draw fewer clicks than the one before it."""

from gateway_sim.scenarios.orchestration.promises.no_model_is_rolled_back_by_chance import (
    no_model_is_rolled_back_by_chance,
)
from gateway_sim.scenarios.orchestration.workloads.model_events import RankerRolledBack, RankerServed


def test_a_model_that_draws_fewer_clicks_may_be_rolled_back(history, broken):
    """All its days together; one of them may have been better."""
    trace = history(
        (1.0, RankerServed("feedback", "day-1", 3, 1000, 0.61, 0.6, 0.6)),
        (2.0, RankerServed("feedback", "day-1", 4, 1000, 0.57, 0.6, 0.6)),
        (2.0, RankerRolledBack("feedback", "day-1", 4)),
    )
    assert broken(no_model_is_rolled_back_by_chance, trace) == []


def test_one_that_draws_as_many_may_not(history, broken):
    """And what another day's model draws is no reason."""
    trace = history(
        (1.0, RankerServed("feedback", "day-1", 3, 1000, 0.4, 0.6, 0.6)),
        (2.0, RankerServed("feedback", "day-4", 6, 1000, 0.6, 0.6, 0.6)),
        (2.0, RankerRolledBack("feedback", "day-4", 6)),
    )
    assert broken(no_model_is_rolled_back_by_chance, trace) == [
        (
            2.0,
            "the model of day-4 of feedback was rolled back at the end of day 6, "
            "and draws no fewer clicks than the model before it",
        )
    ]
