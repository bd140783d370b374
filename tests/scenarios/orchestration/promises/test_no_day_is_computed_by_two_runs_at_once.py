"""No day is computed by two runs at once: the day and the backfill make the difference, and who has left."""

import pytest

from gateway_sim.scenarios.orchestration.promises.no_day_is_computed_by_two_runs_at_once import (
    no_day_is_computed_by_two_runs_at_once,
)
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import DayBegan, DayLeft

FIRST = (0.0, DayBegan("march", "day-1", "run-1"))


@pytest.mark.parametrize(
    ("events", "kept"),
    [
        ([(5.0, DayBegan("march", "day-1", "run-2"))], False),
        ([(5.0, DayBegan("march", "day-2", "run-2"))], True),
        ([(5.0, DayBegan("april", "day-1", "run-2"))], True),
        ([(4.0, DayLeft("march", "day-1", "run-1")), (5.0, DayBegan("march", "day-1", "run-2"))], True),
    ],
    ids=["the same day", "another day", "another backfill", "after the first has left"],
)
def test_a_day_has_one_run(history, broken, events, kept):
    """A second one is named, with the first."""
    found = broken(no_day_is_computed_by_two_runs_at_once, history(FIRST, *events))
    assert found == ([] if kept else [(5.0, "run-2 of march began day-1, which run-1 computes")])
