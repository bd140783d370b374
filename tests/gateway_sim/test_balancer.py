"""Which replica answers: for a connection's life, or for one request."""

import random

from gateway_sim.balancer import REMEMBERED, PerConnection, PerRequest, Random, RoundRobin


def test_a_connection_stays_with_its_replica():
    """Whatever comes between, its requests go where its first one went."""
    balancer = PerConnection(RoundRobin())
    firsts = [balancer.pick(("caller", port), 3) for port in range(6)]
    assert firsts == [0, 1, 2, 0, 1, 2]
    assert [balancer.pick(("caller", port), 3) for port in reversed(range(6))] == firsts[::-1]


def test_a_request_goes_to_the_next_replica():
    """Even on one connection."""
    balancer = PerRequest(RoundRobin())
    assert [balancer.pick(("caller", 1), 3) for _ in range(5)] == [0, 1, 2, 0, 1]


def test_a_random_order_is_seeded_and_fair():
    """The same stream picks the same replicas, and each about as often."""

    def picked(seed):
        balancer = PerRequest(Random(random.Random(seed)))
        return [balancer.pick(None, 3) for _ in range(3000)]

    assert picked(5) == picked(5) != picked(6)
    assert all(900 < picked(5).count(replica) < 1100 for replica in range(3))


def test_a_pin_to_a_replica_that_is_gone_is_drawn_anew():
    """Scaling down must not send anybody to a replica that is not there."""
    balancer = PerConnection(RoundRobin())
    assert [balancer.pick(("caller", port), 3) for port in range(3)] == [0, 1, 2]
    assert balancer.pick(("caller", 2), 2) < 2


def test_old_connections_are_forgotten_and_busy_ones_are_not():
    """Memory stays bounded; a connection in use keeps its pin."""
    balancer = PerConnection(RoundRobin())
    busy = balancer.pick(("busy", 0), 7)
    for port in range(REMEMBERED * 2):
        balancer.pick(("caller", port), 7)
        assert balancer.pick(("busy", 0), 7) == busy
    assert len(balancer._pinned) == REMEMBERED
