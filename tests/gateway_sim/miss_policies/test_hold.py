"""Keep the request until the route shows."""

from gateway_sim.miss_policies import Wait
from gateway_sim.miss_policies.hold import Hold
from tests.gateway_sim.miss_policies.misses import miss, route


def test_a_request_is_held_until_its_time_is_up():
    """Ten seconds, a look each tenth; then 503, for nothing is proved."""
    assert [Hold().on_miss(miss(waited_s=waited_s)) for waited_s in (0.0, 5.0, 9.9)] == [Wait(0.1)] * 3
    late = Hold().on_miss(miss(waited_s=10.0))
    assert (late.status, late.headers) == (503, {"Retry-After": "1"})


def test_a_pod_on_its_way_and_an_older_generation_are_waited_for():
    """Only a tombstone is an end."""
    assert Hold().on_miss(miss(seen=route("PENDING"))) == Wait(0.1)
    assert Hold().on_miss(miss(seen=route("READY"), at_least=2)) == Wait(0.1)


def test_hold_believes_the_tombstone_it_sees_unless_a_newer_generation_was_asked_for():
    """An old tombstone says nothing about a later start."""
    assert Hold().on_miss(miss(seen=route("TOMBSTONE"))).status == 404
    assert Hold().on_miss(miss(seen=route("TOMBSTONE"), at_least=1)).status == 404
    assert Hold().on_miss(miss(seen=route("TOMBSTONE"), at_least=2)) == Wait(0.1)
