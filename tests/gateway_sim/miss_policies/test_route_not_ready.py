"""The proposed 503, as PR 348 words it and with the settings that the measurements ask for."""

import pytest

from gateway_sim.miss_policies import Refuse, Wait
from gateway_sim.miss_policies.route_not_ready import RouteNotReady
from tests.gateway_sim.miss_policies.misses import LEGS, miss


@pytest.mark.parametrize("leg", LEGS)
def test_as_the_pr_words_it_every_leg_is_a_503_with_a_queue_state(leg):
    """At once, and with nothing that would slow a caller down."""
    answer = RouteNotReady().on_miss(miss(leg))
    assert isinstance(answer, Refuse)
    assert (answer.status, dict(answer.extra), dict(answer.headers)) == (503, {"queue_state": "route_not_ready"}, {})


@pytest.mark.parametrize(("retry_after_s", "header"), [(1.0, "1"), (2.5, "2.5"), (0.0, "0")])
def test_it_can_say_when_to_come_back(retry_after_s, header):
    """Retry-After, in seconds."""
    answer = RouteNotReady(retry_after_s=retry_after_s).on_miss(miss("dispatch"))
    assert isinstance(answer, Refuse)
    assert dict(answer.headers) == {"Retry-After": header}


def test_a_poll_can_be_held_and_is_refused_when_its_time_is_up():
    """The SDK polls again at once after a 503, so the gateway must do the waiting."""
    policy = RouteNotReady(hold_poll_s=1.0)
    assert policy.on_miss(miss("poll")) == Wait(1.0)
    assert policy.on_miss(miss("poll", 0.25)) == Wait(0.75)
    assert isinstance(policy.on_miss(miss("poll", 1.0)), Refuse)


@pytest.mark.parametrize("leg", [leg for leg in LEGS if leg != "poll"])
def test_nothing_but_a_poll_is_held(leg):
    """A dispatch is told at once, for the SDK waits by itself there."""
    assert isinstance(RouteNotReady(hold_poll_s=1.0).on_miss(miss(leg)), Refuse)
