"""A run that waits holds no place: from its last work to its next, or to the end of the watch."""

import pytest

from gateway_sim.scenarios.orchestration.promises.a_run_that_waits_holds_no_place import a_run_that_waits_holds_no_place
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import (
    PastAwaited,
    PipelineWatched,
    PlaceLeft,
    PlaceTaken,
    TaskBegan,
    TaskEnded,
)

OF = "daily", "day-2"
TAKEN = (0.0, PlaceTaken(*OF, 1))
WORKED = [(100.0, TaskBegan(*OF, 0)), (3600.0, TaskEnded(*OF, 0))]


@pytest.mark.parametrize(
    ("events", "at_s", "held_h"),
    [
        ([*WORKED, (3600.0, PastAwaited(*OF, 1)), (3600.0, PlaceLeft(*OF, "waits"))], 0, None),
        ([*WORKED, (3600.0, TaskBegan(*OF, 1)), (9000.0, PlaceLeft(*OF, "ended"))], 0, None),
        ([*WORKED, (3600.0, PastAwaited(*OF, 1)), (7200.0, TaskBegan(*OF, 1))], 3600, "1.00"),
        ([*WORKED, (3600.0, PastAwaited(*OF, 1)), (10800.0, PipelineWatched("daily"))], 3600, "2.00"),
        ([*WORKED, (3600.0, PastAwaited(*OF, 1)), (10800.0, PipelineWatched("other"))], 0, None),
        ([(1800.0, PastAwaited(*OF, 0)), (1800.0, PlaceLeft(*OF, "waits"))], 1800, "0.50"),
    ],
    ids=["gives way", "works on", "waits", "to the end", "another pipeline", "started for nothing"],
)
def test_the_time_between_two_works_counts_if_the_run_waited_in_it(history, broken, events, at_s, held_h):
    """A start that ends in work does not count; one that ends in waiting does."""
    found = broken(a_run_that_waits_holds_no_place, history(TAKEN, *events))
    text = f"day-2 of daily held a place for {held_h} h and waited for the run before it"
    assert found == ([] if held_h is None else [(at_s, text)])
