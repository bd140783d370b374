"""A job is not RUNNING on a pod that has been dead for the world's detection delay and 5 s more."""

import pytest

from gateway_sim.control_plane.events import JobMoved
from gateway_sim.scenarios.judge.promises.a_dead_pod_is_noticed_in_time import a_dead_pod_is_noticed_in_time
from gateway_sim.scenarios.sim.events import ContainerRestarted, PodCrashed, PodFroze, PodThawed, RunFinished

POD = ("acme", "job-1", 1)
RUNS = (1.0, JobMoved("acme", "job-1", "JOB_STATE_RUNNING", 1))
CRASHED = (20.0, PodCrashed(*POD, 10.0))
END = (60.0, RunFinished(3))


def test_a_job_that_runs_on_without_a_pod_is_told(broken, history):
    """15 s after the crash, with the crash and the state as witness."""
    told = broken(a_dead_pod_is_noticed_in_time, history(RUNS, CRASHED, END))
    assert told == [(35.0, "the pod of incarnation 1 crashed, and job-1 was still RUNNING 15.0 s later")]


@pytest.mark.parametrize(
    ("moved_s", "found"), [(35.0, 0), (35.1, 1)], ids=["at the limit", "after it"]
)  # fmt: skip
def test_the_limit_is_the_worlds_delay_and_five_seconds(broken, history, moved_s, found):
    """The job is queued again, or FAILED."""
    for state, incarnation in (("PENDING", 2), ("FAILED", 1)):
        moved = (moved_s, JobMoved("acme", "job-1", f"JOB_STATE_{state}", incarnation))
        assert len(broken(a_dead_pod_is_noticed_in_time, history(RUNS, CRASHED, moved, END))) == found


def test_a_world_with_a_longer_delay_has_a_longer_limit(broken, history):
    """The event of the loss carries the delay."""
    slow = (20.0, PodFroze(*POD, 30.0))
    assert broken(a_dead_pod_is_noticed_in_time, history(RUNS, slow, (54.9, RunFinished(3)))) == []
    assert [at_s for at_s, _ in broken(a_dead_pod_is_noticed_in_time, history(RUNS, slow, END))] == [55.0]


@pytest.mark.parametrize("back", [PodThawed(*POD), ContainerRestarted(*POD)], ids=lambda event: type(event).__name__)
def test_a_pod_that_is_back_in_time_is_not_dead(broken, history, back):
    """One that comes back later was."""
    assert broken(a_dead_pod_is_noticed_in_time, history(RUNS, CRASHED, (34.0, back), END)) == []
    assert len(broken(a_dead_pod_is_noticed_in_time, history(RUNS, CRASHED, (36.0, back), END))) == 1
    another = type(back)("acme", "job-1", 2)
    assert len(broken(a_dead_pod_is_noticed_in_time, history(RUNS, CRASHED, (34.0, another), END))) == 1


def test_the_loss_of_a_pod_that_is_no_longer_the_jobs_is_no_matter(broken, history):
    """The job was preempted before, or runs as the next incarnation."""
    queued = (10.0, JobMoved("acme", "job-1", "JOB_STATE_PENDING", 2))
    runs_again = (30.0, JobMoved("acme", "job-1", "JOB_STATE_RUNNING", 2))
    assert broken(a_dead_pod_is_noticed_in_time, history(RUNS, queued, CRASHED, runs_again, END)) == []


def test_a_pod_that_dies_before_its_job_runs_is_noticed_too(broken, history):
    """RUNNING comes after the loss, and stays."""
    late = (22.0, JobMoved("acme", "job-1", "JOB_STATE_RUNNING", 1))
    assert len(broken(a_dead_pod_is_noticed_in_time, history(CRASHED, late, END))) == 1


def test_another_jobs_state_says_nothing(broken, history):
    """Each job has its own pod."""
    other = (25.0, JobMoved("acme", "job-2", "JOB_STATE_PENDING", 2))
    assert len(broken(a_dead_pod_is_noticed_in_time, history(RUNS, CRASHED, other, END))) == 1


def test_a_trace_that_ends_with_the_limit_is_judged_and_one_that_ends_before_is_not(broken, history):
    """Another loss, with a shorter delay, is judged all the same."""
    assert len(broken(a_dead_pod_is_noticed_in_time, history(RUNS, CRASHED, (35.0, RunFinished(3))))) == 1
    assert broken(a_dead_pod_is_noticed_in_time, history(RUNS, CRASHED, (34.9, RunFinished(3)))) == []
    other = (2.0, JobMoved("acme", "job-2", "JOB_STATE_RUNNING", 1))
    slow, quick = (20.0, PodFroze(*POD, 50.0)), (25.0, PodCrashed("acme", "job-2", 1, 10.0))
    assert [at_s for at_s, _ in broken(a_dead_pod_is_noticed_in_time, history(RUNS, other, slow, quick, END))] == [40.0]


def test_what_happens_at_the_second_of_the_loss_or_after_another_jobs_move_counts(broken, history):
    """A pod that is back at once was not dead, and one that was noticed in time was."""
    assert broken(a_dead_pod_is_noticed_in_time, history(RUNS, CRASHED, (20.0, ContainerRestarted(*POD)), END)) == []
    other = (25.0, JobMoved("acme", "job-2", "JOB_STATE_PENDING", 2))
    noticed = (30.0, JobMoved("acme", "job-1", "JOB_STATE_PENDING", 2))
    assert broken(a_dead_pod_is_noticed_in_time, history(RUNS, CRASHED, other, noticed, END)) == []
