"""The limits of the judge are those that promises tell their users, and those of the sources that they cite."""

import pytest

from gateway_sim.scenarios.judge import limits
from gateway_sim.scenarios.judge.anomalies.spin import spin
from gateway_sim.scenarios.judge.promises.a_broken_trainer_is_not_masked import a_broken_trainer_is_not_masked
from gateway_sim.scenarios.judge.promises.a_dead_pod_is_noticed_in_time import a_dead_pod_is_noticed_in_time
from gateway_sim.scenarios.judge.promises.a_gone_job_fails_fast import a_gone_job_fails_fast
from gateway_sim.scenarios.judge.promises.a_gone_job_is_noticed import a_gone_job_is_noticed
from gateway_sim.scenarios.judge.promises.no_busy_polling import no_busy_polling
from gateway_sim.scenarios.judge.promises.requests_per_call_stay_within_a_budget import (
    requests_per_call_stay_within_a_budget,
)
from gateway_sim.scenarios.judge.promises.retry_after_is_heeded import retry_after_is_heeded
from gateway_sim.scenarios.judge.promises.the_caller_is_answered_in_time import the_caller_is_answered_in_time
from gateway_sim.scenarios.judge.promises.the_control_plane_is_not_stormed import the_control_plane_is_not_stormed


@pytest.mark.parametrize(
    ("judge", "told"),
    [
        (a_gone_job_fails_fast, f"within {limits.AT_ONCE_S:g} s of a deletion"),
        (a_broken_trainer_is_not_masked, f"within {limits.AT_ONCE_S:g} s of the failure"),
        (a_gone_job_is_noticed, f"{limits.NOTICED_S:g} s after no fault hides the deletion"),
        (the_caller_is_answered_in_time, f"within {limits.IN_TIME_S:g} s of the first refusal"),
        (no_busy_polling, f"more than {limits.BUSY_PER_S} times within a second"),
        (spin, f"more than {limits.BUSY_PER_S} times within a second"),
        (
            the_control_plane_is_not_stormed,
            f"more than {limits.STORM_CLIENTS} probes within {limits.STORM_S * 1e3:g} ms",
        ),
        (a_dead_pod_is_noticed_in_time, f"{limits.NOTICED_LATE_S:g} s after the world's detection delay"),
        (requests_per_call_stay_within_a_budget, f"{limits.CALL_BURST} and one a second"),
        (retry_after_is_heeded, f"heeds it up to {limits.HEEDED_LONGEST_S:g} s"),
    ],
)
def test_a_limit_is_the_one_that_its_users_read(judge, told):
    """In the description of what it judges."""
    assert told in " ".join((judge.__doc__ or "").split())


def test_a_limit_is_that_of_its_source():
    """PR 348: a warm-up of 3 s, bounded by 120 s and a last probe of 5 s; an SDK waits 120 s for an answer and retries
    for 300 s (docs/reference/protocol.md §4).
    """
    assert limits.WARM_UP_S == 3.0
    assert limits.IN_TIME_S == limits.SILENCE_S == 120.0 + 5.0
    assert limits.ENDLESS_S == 300.0 + 120.0
    assert limits.CALL_PER_S == 1.0


def test_a_limit_is_that_of_its_reason():
    """A step is quick, a busy machine is not; a paced client is slower than one that polls without a wait."""
    assert (limits.IDLE_S, limits.BUSY_MACHINE_S, limits.PATIENCE_S) == (1.0, 9.0, 45.0)
    assert (limits.PACED_PER_S, limits.UNANSWERED_S, limits.HEEDED_EARLY_S) == (5, 5.0, 0.1)
    assert limits.NOTICED_S == 10.0 + limits.AT_ONCE_S
