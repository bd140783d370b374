"""A balancer before replicas that restart: what was theirs goes to the next, and their connections are reset."""

from gateway_sim.balancer import Balancer, Connection, PerConnection, PerRequest, RoundRobin
from gateway_sim.scenarios.world.up_replicas import UpReplicas

A, B = ("client", 1), ("client", 2)


def replicas(balancer: Balancer) -> tuple[UpReplicas, list[Connection]]:
    """Return the balancer, and the connections that it resets."""
    reset: list[Connection] = []
    return UpReplicas(balancer, reset.append), reset


def test_a_restart_resets_the_connections_that_are_pinned_to_the_replica() -> None:
    """And no other; the next connection goes to a replica that is up, and stays there."""
    up, reset = replicas(PerConnection(RoundRobin()))
    assert [up.pick(A, 3), up.pick(B, 3), up.pick(A, 3)] == [0, 1, 0]
    back = up.restart(1)
    assert reset == [B]
    assert [up.pick(("client", 3), 3), up.pick(("client", 4), 3), up.pick(("client", 5), 3)] == [2, 0, 2]
    back()
    assert up.pick(("client", 5), 3) == 2
    assert up.pick(("client", 6), 3) == 2


def test_a_balancer_that_picks_for_each_request_leaves_the_replica_out() -> None:
    """No connection is reset."""
    up, reset = replicas(PerRequest(RoundRobin()))
    back = up.restart(0)
    assert [up.pick(A, 2) for _ in range(3)] == [1, 1, 1]
    back()
    assert {up.pick(A, 2) for _ in range(2)} == {0, 1}
    assert reset == []
