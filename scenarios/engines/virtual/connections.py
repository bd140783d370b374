"""Connections on the virtual wire, and the pools in which both callers, client and gateway, keep idle ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(eq=False)
class Connection:
    """The caller's end of a connection.

    A balancer identifies it by its `port`. It has failed when it does not come about within `connect_s`, or when the
    host sends nothing for `silent_s`, both in seconds. `since_s` is None until the host accepts it.
    """

    port: int
    connect_s: float = math.inf
    silent_s: float = math.inf
    since_s: float | None = None
    idle_since_s: float = 0.0

    @property
    def accepted(self) -> bool:
        """Whether the host has accepted the connection."""
        return self.since_s is not None


@dataclass
class Pool:
    """Connections of one pool; idle ones by host, the most recently used last. An idle one is kept `keepalive_s`."""

    keepalive_s: float
    idle: dict[str, list[Connection]] = field(default_factory=dict)

    def take(self, host: str, now_s: float, ended: Callable[[str, Connection], bool]) -> Connection | None:
        """Return an idle connection to `host` that has not expired, and of which the host has not ended its side."""
        idle = [c for c in self.idle.get(host, []) if now_s - c.idle_since_s < self.keepalive_s and not ended(host, c)]
        self.idle[host] = idle
        return idle.pop() if idle else None

    def put_back(self, host: str, connection: Connection, now_s: float) -> None:
        """Keep a connection after its exchange."""
        connection.idle_since_s = now_s
        self.idle.setdefault(host, []).append(connection)
