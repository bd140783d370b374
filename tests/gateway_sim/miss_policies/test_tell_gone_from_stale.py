"""Ask the control plane what a missing route means."""

import pytest

from gateway_sim.miss_policies import AskControlPlane, Refuse, Wait
from gateway_sim.miss_policies.tell_gone_from_stale import TellGoneFromStale
from tests.gateway_sim.miss_policies.misses import miss


@pytest.mark.parametrize("standing", ["running", "starting", "unknown"])
def test_a_job_that_may_live_is_told_to_come_back(standing):
    """Only the control plane's word that a job is gone is final."""
    policy = TellGoneFromStale()
    assert policy.on_miss(miss()) == AskControlPlane()
    answer = policy.on_miss(miss(liveness=standing))
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")


def test_a_job_the_control_plane_calls_gone_is_a_404_for_good():
    """And the SDK's own loops are told not to try."""
    answer = TellGoneFromStale().on_miss(miss(liveness="gone"))
    assert (answer.status, answer.slug, answer.headers["x-should-retry"]) == (404, "route-gone", "false")


def test_polls_are_kept_before_they_are_sent_away():
    """A 503 to a poll is asked again at once (docs/reference/protocol.md §4.3)."""
    assert TellGoneFromStale().on_miss(miss("poll", liveness="running")) == Wait(1.0)
    assert TellGoneFromStale().on_miss(miss("poll", 0.25, liveness="running")) == Wait(0.75)
    assert isinstance(TellGoneFromStale().on_miss(miss("poll", 1.0, liveness="running")), Refuse)
