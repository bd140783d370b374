"""What the control plane's answer allows after a 404."""

from __future__ import annotations

import pytest

from client.verify import Reported, Unanswered, Verdict, judge


def test_a_running_job_may_be_retried():
    """The trainer is there; only its route is not."""
    assert judge(Reported("JOB_STATE_RUNNING")) is Verdict.RETRY


@pytest.mark.parametrize("state", ["PENDING", "CREATING", "PAUSED", "FAILED", "DELETED", "COMPLETED", ""])
def test_any_other_state_raises(state):
    """A job that waits to be placed again is not told from one that is gone: that is the PR's rule."""
    assert judge(Reported(f"JOB_STATE_{state}")) is Verdict.RAISE


def test_a_probe_without_an_answer_raises():
    """Two failures at once are not masked."""
    assert judge(Unanswered("connection refused")) is Verdict.RAISE
