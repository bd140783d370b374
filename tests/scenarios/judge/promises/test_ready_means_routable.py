"""Ready means routable: from the first batch on, each refusal is by a replica that had known the route before."""

import pytest

from gateway_sim.client.events import CallSent
from gateway_sim.events import RequestForwarded, RequestRefused, RouteMissed
from gateway_sim.scenarios.judge.promises.ready_means_routable import ready_means_routable

TRAINS = CallSent("dispatch", "/api/v1/forward_backward", 2, None)
LIE = "training had begun, and gw-1 did not know the route yet"


def forwarded(replica):
    """Return a request that a replica sent on its way."""
    return RequestForwarded(replica, "acme", "job-1", "connect", 1, "pod:1")


def refused(replica, at_s):
    """Return a miss of a replica, and the refusal that came of it."""
    return (
        (at_s, RouteMissed(replica, "acme", "job-1", "dispatch")),
        (at_s, RequestRefused(replica, "dispatch", 503, "route-not-ready")),
    )


def test_a_refusal_by_a_replica_that_never_knew_breaks_it(history, broken):
    """Another one's proof says nothing of it."""
    trace = history((1.0, forwarded("gw-0")), (2.0, TRAINS), *refused("gw-1", 2.1))
    assert broken(ready_means_routable, trace) == [(2.1, LIE)]


def test_it_is_told_once_a_replica(history, broken):
    """However often it refuses."""
    trace = history((2.0, TRAINS), *refused("gw-1", 2.1), *refused("gw-1", 3.1))
    assert broken(ready_means_routable, trace) == [(2.1, LIE)]


def test_a_refusal_by_a_replica_that_had_known_it_keeps_it(history, broken):
    """It lost sight of the route: that is a fault of another kind."""
    trace = history((1.0, forwarded("gw-1")), (2.0, TRAINS), *refused("gw-1", 2.1))
    assert broken(ready_means_routable, trace) == []


@pytest.mark.parametrize("then", [(), ((5.0, TRAINS),)])
def test_a_refusal_before_training_began_keeps_it(history, broken, then):
    """Nobody had said that the job was ready to train."""
    assert broken(ready_means_routable, history(*refused("gw-1", 1.0), *then)) == []


def test_a_miss_that_was_held_until_the_route_showed_keeps_it(history, broken):
    """Nobody was refused."""
    missed, _ = refused("gw-1", 2.1)
    after = RequestForwarded("gw-1", "acme", "job-1", "dispatch", 1, "pod:1")
    assert broken(ready_means_routable, history((2.0, TRAINS), missed, (4.0, after))) == []


def test_a_refusal_by_a_replica_that_learned_it_after_training_began_keeps_it(history, broken):
    """It sent a request to the pod, and lost sight of the route afterwards."""
    trace = history((2.0, TRAINS), (2.1, forwarded("gw-1")), *refused("gw-1", 3.1))
    assert broken(ready_means_routable, trace) == []


def test_a_refusal_at_the_second_at_which_training_begins_breaks_it(history, broken):
    """It is of a call that was sent then."""
    assert broken(ready_means_routable, history((2.0, TRAINS), *refused("gw-1", 2.0))) == [(2.0, LIE)]
