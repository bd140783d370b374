"""Picks the replica that answers: one for each connection, or one for each request."""

import random
from collections import OrderedDict
from typing import ClassVar, Protocol

Connection = tuple[str, int]

REMEMBERED = 4096
"""Connections that a per-connection balancer keeps; the least recently used is dropped first."""


class Order(Protocol):
    """The order in which replicas are picked."""

    def next(self, replicas: int) -> int:
        """Return the next replica's index."""
        ...


class RoundRobin:
    """The replicas in turn, beginning with the first."""

    def __init__(self) -> None:
        self._turn = 0

    def next(self, replicas: int) -> int:
        """Return the next in turn."""
        self._turn += 1
        return (self._turn - 1) % replicas


class Random:
    """A random replica; all are equally likely."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def next(self, replicas: int) -> int:
        """Draw one."""
        return self._rng.randrange(replicas)


class Balancer(Protocol):
    """Assigns each request to a replica."""

    name: ClassVar[str]

    def pick(self, connection: Connection | None, replicas: int) -> int:
        """Return the index of the replica for a request on `connection` (host, port)."""
        ...


class PerConnection:
    """Pins a connection to the replica of its first request."""

    name: ClassVar[str] = "per-connection"

    def __init__(self, order: Order) -> None:
        self._order = order
        self._pinned: OrderedDict[Connection | None, int] = OrderedDict()

    def pick(self, connection: Connection | None, replicas: int) -> int:
        """Return the connection's replica."""
        pinned = self._pinned.get(connection)
        if pinned is None or pinned >= replicas:
            pinned = self._order.next(replicas)
        self._pinned[connection] = pinned
        self._pinned.move_to_end(connection)
        if len(self._pinned) > REMEMBERED:
            self._pinned.popitem(last=False)
        return pinned


class PerRequest:
    """Picks a replica for each request."""

    name: ClassVar[str] = "per-request"

    def __init__(self, order: Order) -> None:
        self._order = order

    def pick(self, connection: Connection | None, replicas: int) -> int:
        """Return the next replica."""
        return self._order.next(replicas)
