"""A preempted job leaves within its grace: evicted, shrunk or ended."""

import pytest

from gateway_sim.control_plane.events import WorkEnded, WorkEvicted, WorkShrunk, WorkToldToLeave
from gateway_sim.scenarios.orchestration.promises.a_preempted_job_leaves_within_its_grace import (
    a_preempted_job_leaves_within_its_grace,
)

TOLD = WorkToldToLeave("c", "old", "new", 30.0)


@pytest.mark.parametrize(
    "left", [WorkEvicted("c", "old", "new", 0.0), WorkShrunk("c", "old", 4, "new", 0.0), WorkEnded("c", "old")]
)
def test_each_way_to_leave_counts_and_the_last_moment_is_in_time(history, broken, left):
    """A second later is not."""
    assert broken(a_preempted_job_leaves_within_its_grace, history((10.0, TOLD), (40.0, left))) == []
    assert broken(a_preempted_job_leaves_within_its_grace, history((10.0, TOLD), (41.0, left))) == [
        (41.0, "old of c left 1.0 s after its grace of 30 s")
    ]


def test_one_that_never_leaves_breaks_it(history, broken):
    """Another job's end, and its namesake's in another cluster, are not its own."""
    trace = history((10.0, TOLD), (12.0, WorkEnded("d", "old")), (13.0, WorkEnded("c", "other")))
    assert broken(a_preempted_job_leaves_within_its_grace, trace) == [
        (10.0, "old of c was told to leave and never left")
    ]
