"""One writer per job incarnation: a pod that was superseded has nothing more to say."""

import pytest

from gateway_sim.control_plane.events import JobMoved
from gateway_sim.scenarios.judge.promises.one_writer_per_job_incarnation import one_writer_per_job_incarnation
from gateway_sim.trainer_pod.events import GradientsAccumulated, StateSaved, StepApplied


def runs(incarnation, job="job-1"):
    """Return the moment an incarnation runs."""
    return JobMoved("acme", job, "JOB_STATE_RUNNING", incarnation)


WRITES = {
    "computed a batch": lambda n: GradientsAccumulated("acme", "job-1", n, "m", 1, 0.5),
    "applied a step": lambda n: StepApplied("acme", "job-1", n, "m", 2, 1, 1, "aa"),
    "saved": lambda n: StateSaved("acme", "job-1", n, "tinker://job-1/weights/a", 1),
}


@pytest.mark.parametrize("kind", WRITES)
def test_an_old_pod_that_writes_beside_a_new_one_breaks_it(kind, history, broken):
    """Whatever it writes."""
    trace = history((0.0, runs(1)), (1.0, WRITES[kind](1)), (2.0, runs(2)), (3.0, WRITES[kind](1)))
    words = f"incarnation 1 of job-1 {kind} while 2 was running"
    assert broken(one_writer_per_job_incarnation, trace) == [(3.0, words)]


def test_an_old_pod_may_write_until_the_new_one_runs(history, broken):
    """A job that waits has its last pod's work, and no other."""
    waits = JobMoved("acme", "job-1", "JOB_STATE_PENDING", 2)
    trace = history((0.0, runs(1)), (1.0, waits), (1.5, WRITES["saved"](1)), (2.0, runs(2)), (3.0, WRITES["saved"](2)))
    assert broken(one_writer_per_job_incarnation, trace) == []


def test_another_jobs_incarnations_are_its_own(history, broken):
    """Numbers of different jobs are not compared."""
    trace = history((0.0, runs(1)), (1.0, runs(7, "job-2")), (2.0, WRITES["saved"](1)))
    assert broken(one_writer_per_job_incarnation, trace) == []
