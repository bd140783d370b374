"""Every run ends by its deadline."""

import pytest

from gateway_sim.control_plane.events import WorkEnded
from gateway_sim.scenarios.orchestration.promises.every_run_ends_by_its_deadline import (
    every_run_ends_by_its_deadline,
    overdue_s,
)
from gateway_sim.scenarios.orchestration.workloads.events import DeadlineSet


@pytest.mark.parametrize(
    ("ended_s", "sentences"), [(3600.0, []), (5400.0, [(5400.0, "x of c ended 0.50 h after its deadline")])]
)
def test_a_run_that_ends_with_its_hour_is_in_time(history, broken, ended_s, sentences):
    """And one that ends later is not."""
    trace = history((0.0, DeadlineSet("c", "x", 3600.0)), (ended_s, WorkEnded("c", "x")))
    assert broken(every_run_ends_by_its_deadline, trace) == sentences


def test_a_run_that_never_ends_is_reported_at_its_deadline(history, broken):
    """Another cluster's run of the same name does not count."""
    trace = history((0.0, DeadlineSet("c", "x", 3600.0)), (10.0, WorkEnded("d", "x")))
    assert broken(every_run_ends_by_its_deadline, trace) == [(3600.0, "x of c never ended")]


def test_two_runs_that_are_late_together_are_one_stretch_of_time(history):
    """Overdue from 10 to 40 and from 20 to 30, and again from 50 to 55: 35 seconds."""
    trace = history(
        (0.0, DeadlineSet("c", "x", 10.0)), (0.0, DeadlineSet("c", "y", 20.0)), (0.0, DeadlineSet("c", "z", 50.0)),
        (30.0, WorkEnded("c", "y")), (40.0, WorkEnded("c", "x")), (55.0, WorkEnded("c", "z")),
    )  # fmt: skip
    assert overdue_s(trace, "c") == 35.0


def test_an_end_before_the_deadline_was_set_is_of_earlier_work_of_that_name(history, broken):
    """And of two ends after it the first counts."""
    earlier, due = (1.0, WorkEnded("c", "x")), (2.0, DeadlineSet("c", "x", 10.0))
    assert broken(every_run_ends_by_its_deadline, history(earlier, due)) == [(10.0, "x of c never ended")]
    ends = [(9.0, WorkEnded("c", "x")), (20.0, WorkEnded("c", "x"))]
    assert broken(every_run_ends_by_its_deadline, history(due, *ends)) == []
