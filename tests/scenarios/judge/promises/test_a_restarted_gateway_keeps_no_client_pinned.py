"""A restarted gateway keeps no client pinned: a connection ends with the replica that accepted it."""

from gateway_sim.events import RequestForwarded, RequestRefused, RouteMissed
from gateway_sim.scenarios.judge.promises.a_restarted_gateway_keeps_no_client_pinned import (
    a_restarted_gateway_keeps_no_client_pinned,
)
from gateway_sim.scenarios.sim.events import FaultInjected, WorldBuilt
from gateway_sim.scenarios.sim.wire_events import ReplicaRestarted

RESTART = FaultInjected("gateway-restart")


def sent(connection, replica="gw-0"):
    """Return a request that a replica forwards."""
    return RequestForwarded(replica, "acme", "job-1", "dispatch", 1, "pod:1", connection)


def missed(connection, replica="gw-0"):
    """Return a request for which a replica knows no route."""
    return RouteMissed(replica, "acme", "job-1", "dispatch", connection)


def test_a_request_on_a_connection_from_before_the_restart_breaks_it(history, broken):
    """Once for each connection."""
    trace = history((1.0, sent("c:1")), (2.0, RESTART), (3.0, sent("c:1")), (4.0, sent("c:1")))
    told = "gw-0 got a request on c:1, which is older than the restart"
    assert broken(a_restarted_gateway_keeps_no_client_pinned, trace) == [(3.0, told)]


def test_a_request_on_a_new_connection_keeps_it(history, broken):
    """The client came back."""
    trace = history((1.0, sent("c:1")), (2.0, RESTART), (3.0, sent("c:2")), (4.0, sent("c:2")))
    assert broken(a_restarted_gateway_keeps_no_client_pinned, trace) == []


def test_a_request_that_the_gateway_held_at_the_restart_keeps_it(history, broken):
    """It had arrived before; a live gateway process goes on with it."""
    for after in (sent("c:1"), RequestRefused("gw-0", "dispatch", 503, "route-not-ready", "c:1")):
        trace = history((1.0, missed("c:1")), (2.0, RESTART), (3.0, after))
        assert broken(a_restarted_gateway_keeps_no_client_pinned, trace) == []


def test_a_restart_of_one_replica_ends_its_own_connections_only(history, broken):
    """Those that a balancer has pinned to it."""
    restart = (2.0, ReplicaRestarted("gw-0"))
    one, other = sent("c:1", "gw-0"), sent("c:2", "gw-1")
    trace = history((1.0, one), (1.0, other), restart, (3.0, sent("c:1", "gw-1")), (3.0, other))
    assert broken(a_restarted_gateway_keeps_no_client_pinned, trace) == [
        (3.0, "gw-1 got a request on c:1, which is older than the restart")
    ]


def test_a_balancer_that_picks_for_each_request_pins_no_client(history, broken):
    """It holds the clients' connections itself, and they outlive a replica."""
    world = WorldBuilt("r", "plain", "not-found", "s", "per-request", "virtual", 1, "")
    trace = history((0.0, world), (1.0, sent("c:1")), (2.0, ReplicaRestarted("gw-0")), (3.0, sent("c:1", "gw-1")))
    assert broken(a_restarted_gateway_keeps_no_client_pinned, trace) == []


def test_one_restart_after_another_ends_the_connections_of_each_replica(history, broken):
    """A restart of the whole gateway ends those of all."""
    first, second = sent("c:1", "gw-0"), sent("c:2", "gw-1")
    restarts = [(2.0, ReplicaRestarted("gw-0")), (3.0, ReplicaRestarted("gw-1"))]
    trace = history((1.0, first), (1.0, second), *restarts, (4.0, first), (5.0, second))
    assert [at_s for at_s, _ in broken(a_restarted_gateway_keeps_no_client_pinned, trace)] == [4.0, 5.0]
    trace = history((1.0, first), (1.0, second), restarts[0], (3.0, RESTART), (4.0, first), (5.0, second))
    assert [at_s for at_s, _ in broken(a_restarted_gateway_keeps_no_client_pinned, trace)] == [4.0, 5.0]


def test_another_fault_ends_no_connection(history, broken):
    """Nor does a request without one."""
    other = FaultInjected("stale-route")
    trace = history((1.0, sent("c:1")), (1.0, sent("")), (2.0, other), (3.0, sent("c:1")), (3.0, sent("")))
    assert broken(a_restarted_gateway_keeps_no_client_pinned, trace) == []
    assert (
        broken(a_restarted_gateway_keeps_no_client_pinned, history((1.0, sent("")), (2.0, RESTART), (3.0, sent(""))))
        == []
    )
