"""No more runs compute than a limit allows: the runs are counted, not what the limit says of itself."""

from gateway_sim.control_plane.events import LimitTaken
from gateway_sim.scenarios.orchestration.promises.no_more_runs_compute_than_a_limit_allows import (
    no_more_runs_compute_than_a_limit_allows,
    too_many_s,
)
from gateway_sim.scenarios.orchestration.workloads.events import (
    HolderBegan,
    HolderDied,
    HolderEnded,
    HolderFroze,
    HolderStopped,
    HolderWoke,
)


def began(holder):
    """Return the beginning of a run under a limit of one."""
    return HolderBegan("backfill", holder, 1)


def test_a_run_that_ended_died_stopped_or_froze_makes_room(history, broken):
    """Each of them computes no longer."""
    ends = [HolderEnded("backfill", "a"), HolderDied("backfill", "b", 9.0), HolderStopped("backfill", "c")]
    events = [(n * 10.0 + s, e) for n, end in enumerate(ends) for s, e in ((0.0, began(end.holder)), (5.0, end))]
    events += [(40.0, began("d")), (45.0, HolderFroze("backfill", "d")), (50.0, began("e"))]
    assert broken(no_more_runs_compute_than_a_limit_allows, history(*events)) == []


def test_a_second_run_breaks_it_whatever_the_limit_has_counted(history, broken):
    """Also one that wakes; the seconds are those in which both compute."""
    events = [
        (0.0, began("a")),
        (5.0, LimitTaken("backfill", 1, 1)),
        (10.0, began("b")),
        (14.0, HolderEnded("backfill", "b")),
    ]
    events += [(20.0, HolderFroze("backfill", "a")), (21.0, began("c")), (30.0, HolderWoke("backfill", "a"))]
    trace = history(*events, (37.0, HolderEnded("backfill", "a")))
    assert broken(no_more_runs_compute_than_a_limit_allows, trace) == [
        (10.0, "2 runs compute under backfill, which allows 1"),
        (30.0, "2 runs compute under backfill, which allows 1"),
    ]
    assert too_many_s(trace) == 4 + 7


def test_each_limit_counts_its_own_runs(history, broken):
    """A run under another limit takes no place of this one."""
    other = HolderBegan("nightly", "b", 1)
    assert broken(no_more_runs_compute_than_a_limit_allows, history((0.0, began("a")), (1.0, other))) == []
