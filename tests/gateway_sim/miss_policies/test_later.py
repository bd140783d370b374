"""How a gateway says "not yet" and "gone", by leg."""

from dataclasses import fields

import pytest

from gateway_sim.miss_policies import Wait
from gateway_sim.miss_policies.hold import Hold
from gateway_sim.miss_policies.later import HELD, gone, hold_s, not_yet
from gateway_sim.miss_policies.leased_generation import LeasedGeneration
from gateway_sim.miss_policies.resync_budget import ResyncBudget
from gateway_sim.miss_policies.route_not_ready import RouteNotReady
from gateway_sim.miss_policies.tell_gone_from_stale import TellGoneFromStale
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
        ("heartbeat", 600.0, 0.0),
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


BOUNDS = {
    Hold: {"check_every_s": {"least": 0.01}},
    LeasedGeneration: {"check_every_s": {"least": 0.01}, "gone_status": {"among": (404, 410)}},
    ResyncBudget: {"period_s": {"least": 0.01}, "hold_poll_s": HELD, "most_remembered": {"least": 1}},
    RouteNotReady: {"hold_poll_s": HELD},
    TellGoneFromStale: {"hold_poll_s": HELD},
}
"""The bounds of the settings of each policy that has any."""


@pytest.mark.parametrize("policy", BOUNDS, ids=lambda policy: policy.name)
def test_a_setting_that_cannot_be_kept_is_out_of_bounds(policy):
    """A look each 0 s takes no time, and a poll that is held longer is given up by the SDK."""
    assert {field.name: dict(field.metadata) for field in fields(policy) if field.metadata} == BOUNDS[policy]
    assert HELD["below"] == hold_s("poll", float("inf"))


@pytest.mark.parametrize("policy", [Hold(), LeasedGeneration()], ids=lambda policy: policy.name)
def test_a_request_is_held_for_ten_seconds_unless_it_is_set(policy):
    """A look each 0.1 s where it is an eventually consistent read, each 0.5 s where it is a strong one."""
    assert (policy.longest_s, policy.check_every_s) == (10.0, 0.1 if isinstance(policy, Hold) else 0.5)
