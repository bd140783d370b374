"""What the route table and the gateway report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RoutePublished:
    """A route was written; strong readers see it from now on, replicas when they do."""

    account: str
    job: str
    generation: int
    address: str


@dataclass(frozen=True)
class RouteWithdrawn:
    """A route's tombstone was written."""

    account: str
    job: str
    generation: int


@dataclass(frozen=True)
class PublishWasRefused:
    """A write for `generation` found `current`, a newer one, and changed nothing."""

    account: str
    job: str
    generation: int
    current: int


@dataclass(frozen=True)
class StrongRead:
    """The table was read with `ConsistentRead=True`; it costs twice an eventual read (FINDINGS §4)."""

    account: str
    job: str


@dataclass(frozen=True)
class RouteMissed:
    """A replica did not see a route for a request."""

    replica: str
    account: str
    job: str
    leg: str


@dataclass(frozen=True)
class RequestForwarded:
    """A request went to the pod at `address`."""

    replica: str
    account: str
    job: str
    leg: str
    generation: int
    address: str


@dataclass(frozen=True)
class RequestRefused:
    """The gateway itself answered, with a problem of type `slug`."""

    replica: str
    leg: str
    status: int
    slug: str


@dataclass(frozen=True)
class UpstreamFailed:
    """A pod did not answer, or not to the end; `kind` is "refused", "reset" or "timeout"."""

    replica: str
    account: str
    job: str
    leg: str
    address: str
    kind: str


@dataclass(frozen=True)
class ViewChanged:
    """A replica sees the table's past otherwise from now on."""

    replica: str
    view: str
