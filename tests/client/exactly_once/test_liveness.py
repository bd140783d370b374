"""What the control plane's answer means for a client that trains one job."""

from __future__ import annotations

import pytest

from client.exactly_once.liveness import JobIdentity, JobLiveness, standing
from client.job_manager import JobStatus

TRAINED = JobIdentity("acme/job-1#1", 2)


def status(state="JOB_STATE_RUNNING", incarnation=2, uid="acme/job-1#1"):
    """Return what the control plane says."""
    return JobStatus("acme", "job-1", state, "", incarnation, uid)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (None, JobLiveness.UNKNOWN),
        (status(), JobLiveness.ALIVE),
        (status(incarnation=0), JobLiveness.ALIVE),
        (status(incarnation=3), JobLiveness.REPLACED),
        (status("JOB_STATE_PENDING", 3), JobLiveness.QUEUED),
        (status("JOB_STATE_CREATING", 3), JobLiveness.QUEUED),
        (status(uid="acme/job-1#2"), JobLiveness.GONE),
        (status("JOB_STATE_PENDING", 3, "acme/job-1#2"), JobLiveness.GONE),
        *((status(f"JOB_STATE_{word}"), JobLiveness.GONE) for word in ("DELETED", "FAILED", "PAUSED", "COMPLETED")),
    ],
)
def test_what_the_control_planes_word_means(told, found):
    """Silence is no death, a stranger under the name is no job of ours, and a queue is not a grave."""
    assert standing(told, TRAINED) is found
