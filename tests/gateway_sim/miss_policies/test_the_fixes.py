"""The gateway fixes of PR 348 and this project's own: every answer, without a world."""

from __future__ import annotations

import pytest

from gateway_sim.miss_policies import AskControlPlane, AskPrimary, Miss, Refuse, Wait
from gateway_sim.miss_policies.hold import Hold
from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from gateway_sim.miss_policies.retry_lookup import RetryLookup
from gateway_sim.miss_policies.tell_gone_from_stale import TellGoneFromStale
from gateway_sim.route_table import Route, RouteKey

KEY = RouteKey("acme", "job-1")
LEGS = ["connect", "dispatch", "poll", "heartbeat", "health", "other"]


def route(state, generation=1):
    """Return the job's route in a state."""
    return Route("acme", "job-1", generation, state, "pod:1" if state == "READY" else "")


def miss(leg="dispatch", waited_s=0.0, seen=None, **known):
    """Return a miss on this leg."""
    return Miss(KEY, leg, waited_s, seen, **known)


def test_retry_lookup_looks_five_times_more_and_then_says_404():
    """Bounded: after a second of looking the answer is today's."""
    policy = RetryLookup()
    assert [policy.on_miss(miss(waited_s=n * 0.2)) for n in range(5)] == [Wait(0.2)] * 5
    assert policy.on_miss(miss(waited_s=1.0)).status == 404


@pytest.mark.parametrize("standing", ["running", "starting", "unknown"])
def test_a_job_that_may_live_is_told_to_come_back(standing):
    """Only the control plane's word that a job is gone is final."""
    policy = TellGoneFromStale()
    assert policy.on_miss(miss()) == AskControlPlane()
    answer = policy.on_miss(miss(standing=standing))
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")


def test_a_job_the_control_plane_calls_gone_is_a_404_for_good():
    """And the SDK's own loops are told not to try."""
    answer = TellGoneFromStale().on_miss(miss(standing="gone"))
    assert (answer.status, answer.slug, answer.headers["x-should-retry"]) == (404, "route-gone", "false")


def test_polls_are_kept_before_they_are_sent_away():
    """A 503 to a poll is asked again at once (PROTOCOL §4.3)."""
    assert TellGoneFromStale().on_miss(miss("poll", standing="running")) == Wait(1.0)
    assert isinstance(TellGoneFromStale().on_miss(miss("poll", 1.0, standing="running")), Refuse)


@pytest.mark.parametrize("policy", [Hold(longest_s=1e9), LeasedGeneration(longest_s=1e9)], ids=lambda p: p.name)
@pytest.mark.parametrize(("leg", "client_waits_s"), [("connect", 60), ("dispatch", 60), ("poll", 45), ("health", 5)])
def test_no_request_is_held_past_its_callers_patience(policy, leg, client_waits_s):
    """Whatever the setting, the answer comes before the SDK's own timeout."""
    late = miss(leg, client_waits_s - 1, unreadable="a partition")
    assert policy.on_miss(late).status == 503
    assert isinstance(policy.on_miss(miss(leg, unreadable="a partition")), Wait)


def test_hold_believes_the_tombstone_it_sees_unless_a_newer_generation_was_asked_for():
    """An old tombstone says nothing about a later start."""
    assert Hold().on_miss(miss(seen=route("TOMBSTONE"))).status == 404
    assert Hold().on_miss(miss(seen=route("TOMBSTONE"), at_least=2)) == Wait(0.1)


def test_leased_generation_asks_the_table_first():
    """On nothing seen, on an older generation, and where a route led astray."""
    for known in ({}, {"seen": route("READY"), "at_least": 2}, {"seen": route("READY"), "stray": True}):
        assert LeasedGeneration().on_miss(miss(**known)) == AskPrimary()


@pytest.mark.parametrize(
    ("seen", "slug"), [(None, "route-unknown"), (route("TOMBSTONE"), "route-gone")], ids=["absent", "tombstone"]
)
@pytest.mark.parametrize("leg", LEGS)
def test_what_the_table_says_is_gone_is_gone(seen, slug, leg):
    """Present, pending, gone and unknown are four answers."""
    answer = LeasedGeneration().on_miss(miss(leg, seen=seen, asked_primary=True))
    assert (answer.status, answer.slug, answer.headers["x-should-retry"]) == (404, slug, "false")
    assert LeasedGeneration(gone_status=410).on_miss(miss(leg, seen=seen, asked_primary=True)).status == 410


def test_a_pod_on_its_way_is_waited_for_and_then_503():
    """PENDING is held, and no longer than is set."""
    policy = LeasedGeneration(longest_s=3.0)
    assert policy.on_miss(miss(seen=route("PENDING", 2), asked_primary=True)) == Wait(0.5)
    assert policy.on_miss(miss(waited_s=3.0, seen=route("PENDING", 2), asked_primary=True)).status == 503


@pytest.mark.parametrize("seen", [None, route("TOMBSTONE"), route("READY")], ids=["nothing", "tombstone", "astray"])
@pytest.mark.parametrize("leg", LEGS)
def test_without_a_strong_read_nothing_is_ever_404(leg, seen):
    """A GSI, a global-table replica, a cache or a partition in the way proves nothing (FINDINGS §3)."""
    answer = LeasedGeneration().on_miss(miss(leg, 45.0, seen, unreadable="the index refuses strong reads"))
    assert answer.status == 503
    assert "Retry-After" in answer.headers


@pytest.mark.parametrize("for_s", [0.0, -1.0, float("nan")])
def test_a_wait_in_which_no_time_passes_is_a_mistake(for_s):
    """Whoever answers so would be asked again for ever, within one moment."""
    with pytest.raises(ValueError, match="more than 0 s"):
        Wait(for_s)
