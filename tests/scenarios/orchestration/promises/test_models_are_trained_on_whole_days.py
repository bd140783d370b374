"""Models are trained on whole days: hours and their rows are counted."""

import pytest

from gateway_sim.scenarios.orchestration.promises.models_are_trained_on_whole_days import (
    models_are_trained_on_whole_days,
)
from gateway_sim.scenarios.orchestration.workloads.model_events import DayPlanned, TrainingSetRead

PLANNED = (0.0, DayPlanned("feedback", "day-1", (10, 10, 10)))


def test_every_row_of_every_hour_keeps_it(history, broken):
    """As many as were planned."""
    trace = history(PLANNED, (9.0, TrainingSetRead("feedback", "day-1", 4, (10, 10, 10))))
    assert broken(models_are_trained_on_whole_days, trace) == []


@pytest.mark.parametrize(
    ("rows", "counts"),
    [
        ((10, 10, 0), "1 of 3 hours missing and 0 of another"),
        ((10, 1, 10), "0 of 3 hours missing and 1 of another"),
        ((10, 20, 0), "1 of 3 hours missing and 1 of another"),
    ],
)
def test_an_hour_that_is_missing_short_or_there_twice_breaks_it(history, broken, rows, counts):
    """Each is counted."""
    trace = history(PLANNED, (9.0, TrainingSetRead("feedback", "day-1", 4, rows)))
    assert broken(models_are_trained_on_whole_days, trace) == [
        (9.0, f"a model was trained on day-1 of feedback with {counts} size than planned")
    ]
