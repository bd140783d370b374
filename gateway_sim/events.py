"""What the route table and the gateway report."""

from dataclasses import dataclass, field


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
    """The table was read with `ConsistentRead=True`; it costs twice an eventual read.

    See docs/reference/findings.md §4.
    """

    account: str
    job: str


@dataclass(frozen=True)
class RouteMissed:
    """A replica did not see a route for a request."""

    replica: str
    account: str
    job: str
    leg: str
    connection: str = field(default="", compare=False)
    path: str = field(default="", compare=False)


@dataclass(frozen=True)
class RequestForwarded:
    """A request went to the pod at `address`."""

    replica: str
    account: str
    job: str
    leg: str
    generation: int
    address: str
    connection: str = field(default="", compare=False)
    path: str = field(default="", compare=False)


@dataclass(frozen=True)
class RequestRefused:
    """The gateway itself answered, with a problem of type `slug`."""

    replica: str
    leg: str
    status: int
    slug: str
    connection: str = field(default="", compare=False)
    path: str = field(default="", compare=False)


@dataclass(frozen=True)
class RequestRerouted:
    """The pod at `address` was not there, or not meant; the request is sent elsewhere."""

    replica: str
    address: str
    connection: str = field(default="", compare=False)


@dataclass(frozen=True)
class UpstreamFailed:
    """A pod did not answer, or not to the end; `kind` is "refused", "reset" or "timeout"."""

    replica: str
    account: str
    job: str
    leg: str
    address: str
    kind: str
    connection: str = field(default="", compare=False)


@dataclass(frozen=True)
class ViewChanged:
    """A replica sees the table's past otherwise from now on."""

    replica: str
    view: str


@dataclass(frozen=True)
class RouteBelieved:
    """What a replica saw of a job's route from `from_s` to `to_s`, told when its world ends; seconds of its clock.

    `seen` is a route's state, or "nothing". `stale` says that a change had been written which it did not see yet;
    `wavering`, that each read drew anew whether to show that change.
    """

    replica: str
    account: str
    job: str
    seen: str
    generation: int
    stale: bool
    wavering: bool
    from_s: float
    to_s: float
