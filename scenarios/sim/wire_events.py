"""The events of the network: what befell a connection, and the requests that met it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ConnectionBroken:
    """A server failed in the middle of an answer, and the caller saw the connection reset."""

    host: str
    path: str
    error: str


@dataclass(frozen=True)
class RequestHitRestart:
    """A restarting host reset a call whose caller still waited, or refused a new one; `kind` says which."""

    host: str
    kind: str


@dataclass(frozen=True)
class ReplicaRestarted:
    """A replica of the gateway restarts; the connections that a balancer has pinned to it are reset."""

    replica: str


@dataclass(frozen=True)
class IdleConnectionReset:
    """A request for `path` was sent on a connection that had been idle for `idle_s` seconds, and was reset."""

    idle_s: float
    path: str


@dataclass(frozen=True)
class RequestHitAddressFault:
    """A request met a fault of the address `host`.

    `kind` is "refused", "unanswered" (a new connection that does not come about) or "unheard" (an open one on which
    no byte passes).
    """

    host: str
    kind: str
