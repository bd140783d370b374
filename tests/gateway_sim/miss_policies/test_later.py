"""How a gateway says "not yet" and "gone", by leg."""

import pytest

from gateway_sim.miss_policies import Wait
from gateway_sim.miss_policies.hold import Hold
from gateway_sim.miss_policies.later import gone, hold_s, not_yet
from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from tests.gateway_sim.miss_policies.misses import miss


@pytest.mark.parametrize(
    ("leg", "longest_s", "held_s"),
    [
        ("connect", 10.0, 10.0),
        ("dispatch", 10.0, 10.0),
        ("poll", 10.0, 10.0),
        ("dispatch", 600.0, 40.0),
        ("poll", 600.0, 40.0),
        ("health", 600.0, 4.0),
        ("health", 1.0, 1.0),
        ("other", 600.0, 0.0),
    ],
)
def test_a_request_is_held_as_long_as_its_leg_allows(leg, longest_s, held_s):
    """Below the SDK's own timeouts: 60 s for a call, 45 s for a poll, 5 s for healthz."""
    assert hold_s(leg, longest_s) == held_s


@pytest.mark.parametrize("policy", [Hold(longest_s=1e9), LeasedGeneration(longest_s=1e9)], ids=lambda p: p.name)
@pytest.mark.parametrize(("leg", "client_waits_s"), [("connect", 60), ("dispatch", 60), ("poll", 45), ("health", 5)])
def test_no_request_is_held_past_its_callers_patience(policy, leg, client_waits_s):
    """Whatever the setting, the answer comes before the SDK's own timeout."""
    late = miss(leg, client_waits_s - 1, unreadable="a partition")
    assert policy.on_miss(late).status == 503
    assert isinstance(policy.on_miss(miss(leg, unreadable="a partition")), Wait)


def test_not_yet_can_be_retried_and_gone_cannot():
    """The SDK's loops heed both headers; the queue_state says what the caller waits for."""
    later, never = not_yet("no route yet", 2.5), gone("route-gone", "it ended")
    assert (later.status, later.headers, later.extra) == (
        503, {"Retry-After": "2.5"}, {"queue_state": "route_not_ready"},
    )  # fmt: skip
    assert (never.status, never.headers) == (404, {"x-should-retry": "false"})
    assert gone("route-gone", "it ended", 410).status == 410
