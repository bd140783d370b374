"""A dead holder's place comes back: in its time, and not that of another."""

import pytest

from gateway_sim.control_plane.events import LimitLeaseEnded, LimitTaken
from gateway_sim.scenarios.orchestration.promises.a_dead_holders_place_comes_back import (
    a_dead_holders_place_comes_back,
)
from gateway_sim.scenarios.orchestration.workloads.events import HolderBegan, HolderDied

DIED = (10.0, HolderDied("backfill", "run-1", 60.0))


@pytest.mark.parametrize(
    ("events", "lost_s"),
    [
        ([(70.0, LimitLeaseEnded("backfill", "run-1", 0))], None),
        ([(75.0, LimitLeaseEnded("backfill", "run-1", 0))], 5),
        ([(70.0, LimitLeaseEnded("backfill", "run-2", 0)), (90.0, LimitTaken("backfill", 1, 2))], 20),
        ([(70.0, LimitLeaseEnded("other", "run-1", 0)), (90.0, LimitTaken("backfill", 1, 2))], 20),
        ([(60.0, LimitTaken("backfill", 1, 2))], None),
    ],
    ids=["in time", "late", "another's place", "another limit", "its time is not over"],
)
def test_a_place_is_lost_from_the_end_of_its_time_until_it_is_free(history, broken, events, lost_s):
    """Or until the end of the trace."""
    text = f"run-1 died with a place of backfill, which was lost for {lost_s} s longer than the 60 s allowed"
    assert broken(a_dead_holders_place_comes_back, history(DIED, *events)) == ([] if lost_s is None else [(10.0, text)])


def test_a_lease_that_ended_before_the_run_began_again_is_not_that_of_its_place(history, broken):
    """The run had lost an earlier place, got another and died with that one."""
    earlier = [(1.0, LimitLeaseEnded("backfill", "run-1", 0)), (2.0, HolderBegan("backfill", "run-1", 1))]
    text = "run-1 died with a place of backfill, which was lost for 20 s longer than the 60 s allowed"
    end = (90.0, LimitTaken("backfill", 1, 2))
    assert broken(a_dead_holders_place_comes_back, history(*earlier, DIED, end)) == [(10.0, text)]
