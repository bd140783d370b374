"""A model draws the clicks that its day allows: to within one percent, on each day that it serves."""

from gateway_sim.scenarios.orchestration.promises.a_model_draws_the_clicks_that_its_day_allows import (
    a_model_draws_the_clicks_that_its_day_allows,
)
from gateway_sim.scenarios.orchestration.workloads.model_events import RankerServed


def test_one_percent_less_keeps_it(history, broken):
    """Whatever the model before it drew."""
    trace = history((1.0, RankerServed("feedback", "day-1", 3, 1000, 0.594, 0.7, 0.6)))
    assert broken(a_model_draws_the_clicks_that_its_day_allows, trace) == []


def test_less_than_that_breaks_it_on_its_day(history, broken):
    """Also where the model before it was worse still."""
    trace = history(
        (1.0, RankerServed("feedback", "day-1", 3, 1000, 0.6, 0.6, 0.6)),
        (2.0, RankerServed("feedback", "day-1", 4, 1000, 0.57, 0.5, 0.6)),
    )
    assert broken(a_model_draws_the_clicks_that_its_day_allows, trace) == [
        (
            2.0,
            "on day 4 57.00% of the visits that get the model of day-1 of feedback have a click, "
            "and the complete day's model would have 60.00%",
        )
    ]
