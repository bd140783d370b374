"""Requests go to the addresses of a route in turn, and not to one that failed too often."""

from gateway_sim.endpoints import Ejection, Endpoints

TWO = ("a:1", "b:1")


def picks(endpoints, now_s, times, avoided=""):
    """Return the addresses of the next requests, sorted."""
    return sorted(endpoints.pick(TWO, now_s, avoided) for _ in range(times))


def test_each_address_gets_its_share():
    """In turn."""
    assert picks(Endpoints(Ejection()), 0.0, 4) == ["a:1", "a:1", "b:1", "b:1"]


def test_an_address_that_failed_so_often_in_a_row_gets_nothing_for_a_time():
    """The ejection is said once; a success between two failures begins the count anew."""
    endpoints = Endpoints(Ejection(after=2, for_s=30.0))
    picks(endpoints, 0.0, 2)
    assert endpoints.failed("a:1", 0.0) == 0.0
    endpoints.answered("a:1")
    assert endpoints.failed("a:1", 1.0) == 0.0
    assert endpoints.failed("a:1", 2.0) == 30.0
    assert picks(endpoints, 31.9, 4) == ["b:1"] * 4
    assert picks(endpoints, 32.0, 4) == ["a:1", "a:1", "b:1", "b:1"]


def test_without_a_limit_nothing_is_ejected():
    """As today's gateway: half of all requests fail for as long as the address is dead."""
    endpoints = Endpoints(Ejection())
    picks(endpoints, 0.0, 2)
    assert [endpoints.failed("a:1", 0.0) for _ in range(9)] == [0.0] * 9
    assert picks(endpoints, 0.0, 2) == ["a:1", "b:1"]


def test_if_all_are_ejected_each_gets_requests():
    """A wrong guess of the gateway must not take the whole job away."""
    endpoints = Endpoints(Ejection(after=1))
    picks(endpoints, 0.0, 2)
    for address in TWO:
        assert endpoints.failed(address, 0.0) == 30.0
    assert picks(endpoints, 1.0, 4) == ["a:1", "a:1", "b:1", "b:1"]


def test_the_address_that_just_failed_is_avoided():
    """Also where the other one is ejected."""
    endpoints = Endpoints(Ejection(after=1))
    assert picks(endpoints, 0.0, 2, avoided="a:1") == ["b:1", "b:1"]
    endpoints.failed("b:1", 0.0)
    assert picks(endpoints, 0.0, 2, avoided="a:1") == ["b:1", "b:1"]


def test_an_address_of_no_such_route_is_not_counted():
    """A pod with one address has no other to send to."""
    assert Endpoints(Ejection(after=1)).failed("c:1", 0.0) == 0.0


def test_addresses_are_picked_in_the_order_of_the_route():
    """One after the other, from the second on: the first is what a reader that knows only `address` asks."""
    endpoints, three = Endpoints(Ejection()), ("a:1", "b:1", "c:1")
    assert "".join(endpoints.pick(three, 0.0)[0] for _ in range(9)) == "bcabcabca"


def test_after_an_ejection_the_failures_are_counted_anew():
    """One failure is not two in a row."""
    endpoints = Endpoints(Ejection(after=2, for_s=30.0))
    picks(endpoints, 0.0, 2)
    assert [endpoints.failed("a:1", now_s) for now_s in (0.0, 1.0, 31.0, 32.0)] == [0.0, 30.0, 0.0, 30.0]


def test_an_address_fails_from_a_failure_to_a_success_and_while_it_is_ejected():
    """What a request that failed there is told, so that it tries the other one."""
    endpoints = Endpoints(Ejection(after=2, for_s=30.0))
    picks(endpoints, 0.0, 2)
    assert not endpoints.is_failing("a:1", 0.0)
    endpoints.failed("a:1", 0.0)
    assert endpoints.is_failing("a:1", 0.0)
    endpoints.answered("a:1")
    assert not endpoints.is_failing("a:1", 0.0)
    for now_s in (1.0, 2.0):
        endpoints.failed("a:1", now_s)
    assert [endpoints.is_failing("a:1", now_s) for now_s in (2.0, 31.9, 32.0)] == [True, True, False]
    endpoints.answered("c:1")
    assert not endpoints.is_failing("c:1", 0.0)
