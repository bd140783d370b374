"""A balancer in front of replicas that restart one at a time."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from gateway_sim.balancer import REMEMBERED, Balancer, Connection, PerConnection, PerRequest, Random, RoundRobin

if TYPE_CHECKING:
    from gateway_sim.scenarios.world.builder import World


class UpReplicas:
    """Sends what another balancer would give to an absent replica to the next one that is up.

    A balancer that pins connections has joined each with its replica, so a restart resets the connections of that
    replica: `reset` is told of each. One that picks for each request holds the clients' connections itself; it takes
    the replica out before the restart, and clients notice nothing.
    """

    name: ClassVar[str] = "up-replicas"

    def __init__(self, balancer: Balancer, reset: Callable[[Connection], None]) -> None:
        self._balancer = balancer
        self._reset = reset
        self._served: OrderedDict[Connection, int] = OrderedDict()
        self._away: Counter[int] = Counter()

    def pick(self, connection: Connection | None, replicas: int) -> int:
        """Return the index of the replica for a request."""
        pins = isinstance(self._balancer, PerConnection)
        before = self._served.get(connection) if connection is not None and pins else None
        picked = self._balancer.pick(connection, replicas) if before is None or before >= replicas else before
        for _ in range(replicas):
            if not self._away[picked]:
                break
            picked = (picked + 1) % replicas
        if connection is not None and pins:
            self._served[connection] = picked
            self._served.move_to_end(connection)
            if len(self._served) > REMEMBERED:
                self._served.popitem(last=False)
        return picked

    def restart(self, replica: int) -> Callable[[], None]:
        """Take a replica away until the undo, and reset the connections that are pinned to it."""
        self._away[replica] += 1
        for connection in [known for known, served in self._served.items() if served == replica]:
            del self._served[connection]
            self._reset(connection)

        def undo() -> None:
            self._away[replica] -= 1

        return undo


def up_replicas_of(world: World) -> UpReplicas:
    """Return the balancer of a world, as its pairing and its settings name it."""
    rng = world.seeds.stream("balancer")
    order = RoundRobin() if world.settings.order == "round-robin" else Random(rng)
    picks = PerConnection(order) if world.pairing.balance == "per-connection" else PerRequest(order)

    def reset(peer: Connection) -> None:
        for address in world.gateway_fronts:
            world.engine.reset(address, peer)

    return UpReplicas(picks, reset)
