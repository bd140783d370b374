"""Every run of a pipeline ends: a run that failed, or gave way, has not."""

import pytest

from gateway_sim.scenarios.orchestration.promises.every_run_of_a_pipeline_ends import every_run_of_a_pipeline_ends
from gateway_sim.scenarios.orchestration.workloads.pipeline_events import PipelineWatched, PlaceLeft, RunAsked

OF = "daily", "day-2"


@pytest.mark.parametrize(
    ("left", "how"),
    [
        (PlaceLeft(*OF, "ended"), None),
        (PlaceLeft(*OF, "failed"), "failed, and never ended"),
        (PlaceLeft(*OF, "waits"), "never ended"),
        (PlaceLeft("daily", "day-1", "failed"), "never ended"),
        (PlaceLeft("daily", "day-1", "ended"), "never ended"),
        (PlaceLeft("other", "day-2", "ended"), "never ended"),
    ],
)
def test_only_its_own_end_counts(history, broken, left, how):
    """Of the same pipeline and the same run."""
    trace = history((0.0, RunAsked(*OF)), (5.0, left), (10.0, PipelineWatched("daily")))
    assert broken(every_run_of_a_pipeline_ends, trace) == ([(10.0, f"day-2 of daily {how}")] if how else [])


def test_a_failed_run_that_asks_again_has_not_failed(history, broken):
    """An operator cleared it: what it needs is an end."""
    again = (0.0, RunAsked(*OF)), (5.0, PlaceLeft(*OF, "failed")), (6.0, RunAsked(*OF))
    watched = (10.0, PipelineWatched("daily"))
    assert broken(every_run_of_a_pipeline_ends, history(*again, watched)) == [(10.0, "day-2 of daily never ended")]


def test_a_pipeline_that_is_still_watched_is_not_judged(history, broken):
    """Its runs may end yet."""
    assert broken(every_run_of_a_pipeline_ends, history((0.0, RunAsked(*OF)), (10.0, PipelineWatched("other")))) == []


def test_an_end_after_the_watch_does_not_count(history, broken):
    """The pipeline stood still while it was watched."""
    trace = history((0.0, RunAsked(*OF)), (10.0, PipelineWatched("daily")), (11.0, PlaceLeft(*OF, "ended")))
    assert broken(every_run_of_a_pipeline_ends, trace) == [(10.0, "day-2 of daily never ended")]
