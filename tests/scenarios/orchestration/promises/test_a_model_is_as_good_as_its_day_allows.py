"""A model is as good as its day allows: to within one percent, whatever its offline quality."""

from gateway_sim.scenarios.orchestration.promises.a_model_is_as_good_as_its_day_allows import (
    a_model_is_as_good_as_its_day_allows,
)
from gateway_sim.scenarios.orchestration.workloads.model_events import ModelJudged


def test_one_percent_less_keeps_it(history, broken):
    """An hour may be worse if the day is not."""
    trace = history((1.0, ModelJudged("feedback", "day-1", 0.5, (0.9, 0.783), (0.85, 0.85))))
    assert broken(a_model_is_as_good_as_its_day_allows, trace) == []


def test_less_than_that_breaks_it_though_it_looks_better(history, broken):
    """The offline quality does not count."""
    trace = history((1.0, ModelJudged("feedback", "day-1", 0.99, (0.9, 0.7), (0.9, 0.9))))
    assert broken(a_model_is_as_good_as_its_day_allows, trace) == [
        (
            1.0,
            "the model of day-1 of feedback has an NDCG of 0.8000 on the next day, "
            "and the whole day would have given 0.9000",
        )
    ]
