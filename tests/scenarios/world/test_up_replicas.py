"""A balancer before replicas that restart: what was theirs goes to the next, and their connections are reset."""

import random
from types import SimpleNamespace

import pytest

from gateway_sim.balancer import Balancer, Connection, PerConnection, PerRequest, RoundRobin
from gateway_sim.scenarios.sim.seeds import Seeds
from gateway_sim.scenarios.world import up_replicas
from gateway_sim.scenarios.world.settings import Settings
from gateway_sim.scenarios.world.up_replicas import UpReplicas, up_replicas_of

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


def test_a_replica_is_away_until_each_of_its_restarts_is_over() -> None:
    """Restarts overlap; where every replica is away, requests go where they would."""
    up, _ = replicas(PerRequest(RoundRobin()))
    first, second = up.restart(0), up.restart(0)
    first()
    assert [up.pick(None, 2), up.pick(None, 2)] == [1, 1]
    away = up.restart(1)
    assert [up.pick(None, 2), up.pick(None, 2)] == [0, 1]
    away()
    second()
    assert [up.pick(None, 2), up.pick(None, 2)] == [0, 1]


def test_the_replica_after_the_last_is_the_first() -> None:
    """And a connection whose replica is no more gets another one."""
    up, reset = replicas(PerConnection(RoundRobin()))
    up.restart(2)
    assert [up.pick((name, 1), 3) for name in ("a", "b", "c")] == [0, 1, 0]
    assert up.pick(("b", 1), 1) == 0
    assert up.pick(("b", 1), 3) == 0
    up.restart(0)
    assert sorted(reset) == [("a", 1), ("b", 1), ("c", 1)]


def test_a_connection_that_was_silent_for_long_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that was used longest ago; a request without a connection is remembered nowhere."""
    monkeypatch.setattr(up_replicas, "REMEMBERED", 2)
    up, reset = replicas(PerConnection(RoundRobin()))
    for connection in (A, B, A, ("client", 3), None):
        up.pick(connection, 1)
    up.restart(0)
    assert reset == [A, ("client", 3)]


@pytest.mark.parametrize("balance", ["per-connection", "per-request"])
@pytest.mark.parametrize("order", ["round-robin", "random"])
def test_a_world_has_the_balancer_of_its_pairing_and_its_settings(balance: str, order: str) -> None:
    """A reset reaches the connection at each front of the gateway."""
    reset: list[object] = []
    world = SimpleNamespace(
        seeds=Seeds(3), settings=Settings(order=order), pairing=SimpleNamespace(balance=balance),
        gateway_fronts=["gateway:1", "front:2"], engine=SimpleNamespace(reset=lambda *one: reset.append(one)),
    )  # fmt: skip
    up = up_replicas_of(world)  # type: ignore[arg-type]
    connections = [("client", port) for port in range(12)]
    picked = [up.pick(connection, 3) for connection in connections]
    drawn = random.Random("3/balancer")
    assert picked == [n % 3 if order == "round-robin" else drawn.randrange(3) for n in range(12)]
    again = [up.pick(connections[0], 3) for _ in range(6)]
    assert (set(again) == {picked[0]}) is (balance == "per-connection")
    up.restart(picked[0])
    mine = [connection for connection, replica in zip(connections, picked, strict=True) if replica == picked[0]]
    fronts = [(front, connection) for connection in mine for front in world.gateway_fronts]
    assert sorted(map(str, reset)) == sorted(map(str, fronts if balance == "per-connection" else []))
